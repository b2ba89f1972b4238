#include "ir/shapes.h"

#include <catch2/catch.hpp>

#include "ir/error.h"

namespace nc {
namespace {

using Catch::Matchers::Equals;

constexpr int64_t kHuge = INT64_MAX;

void check_fails(const Op& op, const Shape& input, const std::string& message) {
  CHECK_THROWS_WITH(output_shape(op, {input}), Equals(message));
}

TEST_CASE("an order that names no axis is no permutation") {
  CHECK(output_shape(Permute{{2, 0, 1}}, {{5, 6, 7}}) == Shape{7, 5, 6});
  check_fails(Permute{{0, 4294967296, 1}}, {2, 3, 4},
              "order [0, 4294967296, 1] is no permutation");
  check_fails(Permute{{0, -1, 1}}, {2, 3, 4},
              "order [0, -1, 1] is no permutation");
  check_fails(Permute{{0, 1, 1}}, {2, 3, 4},
              "order [0, 1, 1] is no permutation");
}

TEST_CASE("sizes that no tensor has are refused before they are added up") {
  check_fails(Pad{{kHuge}, {kHuge}, 0}, {2},
              "expected before of at most 2^31, found 9223372036854775807");
  check_fails(Slice{0, 0, 2, kHuge}, {2},
              "expected step of at most 2^31, found 9223372036854775807");
  check_fails(SumPool{{2}, {kHuge}, {0}, true}, {1, 4},
              "expected stride of at most 2^31, found 9223372036854775807");
  Conv1d conv;
  conv.weight = Tensor({1, 1, 1}, std::vector<int8_t>{1});
  conv.stride = {1};
  conv.padding = {kHuge};
  conv.dilation = {1};
  check_fails(conv, {1, 4},
              "expected padding of at most 2^31, found 9223372036854775807");
  check_fails(Pad{{1 << 30, 1 << 30}, {0, 0}, 0}, {1, 1},
              "shape [1073741825, 1073741825] has more than 2^31 elements");
}

TEST_CASE("pools have windows of one or two axes") {
  check_fails(SumPool{{}, {}, {}, false}, {4},
              "expected a window of 1 or 2 axes, found 0");
  check_fails(AvgPool{{2, 2, 2}, {1, 1, 1}, {0, 0, 0}, false, true},
              {1, 4, 4, 4}, "expected a window of 1 or 2 axes, found 3");
  check_fails(AdaptiveAvgPool{{}}, {4},
              "expected a window of 1 or 2 axes, found 0");
}

TEST_CASE("each window of a max pool meets a value") {
  CHECK(output_shape(MaxPool{{2}, {1}, {1}, {1}, false}, {{1, 1}}) ==
        Shape{1, 2});
  CHECK(output_shape(MaxPool{{2}, {1}, {1}, {2}, false}, {{1, 2}}) ==
        Shape{1, 2});
  check_fails(MaxPool{{2}, {1}, {1}, {2}, false}, {1, 1},
              "expected windows that meet a value, found one at -1 of "
              "dilation 2 that meets padding alone");
}

}  // namespace
}  // namespace nc
