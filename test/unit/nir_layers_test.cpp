// What NIR's layers without state compute.
#include <catch2/catch.hpp>

#include "test/support/nir_runs.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::Equals;
using test::check_close;
using test::error_of;
using test::nir_chain;
using test::NirFile;
using test::run;

TEST_CASE("Affine, Linear and Scale") {
  NirFile affine = nir_chain("Affine", {2}, {3});
  affine.real("weight", {3, 2}, {1, 2, 3, 4, 5, 6})
      .real("bias", {3}, {1, 0, 2});
  check_close(run(affine, {{1, 10}}), {{22, 43, 67}}, 0);
  NirFile linear = nir_chain("Linear", {2}, {3});
  linear.real("weight", {3, 2}, {1, 2, 3, 4, 5, 6});
  check_close(run(linear, {{1, 10}}), {{21, 43, 65}}, 0);
  NirFile scale = nir_chain("Scale", {2}, {2});
  scale.real("scale", {2}, {3, -1});
  check_close(run(scale, {{1, 10}}), {{3, -10}}, 0);
}

TEST_CASE("matrices side by side each have their own row of the input") {
  NirFile file = nir_chain("Affine", {2, 2}, {2, 1});
  file.real("weight", {2, 1, 2}, {1, 2, 3, 4}).real("bias", {2, 1}, {0, 5});
  check_close(run(file, {{1, 10, 100, 1000}}), {{21, 4305}}, 0);
}

TEST_CASE("Conv2d with groups and padding") {
  NirFile file = nir_chain("Conv2d", {2, 2, 2}, {2, 2, 2});
  file.real("weight", {2, 1, 1, 2}, {1, 10, 2, 20}).real("bias", {2}, {0, 1});
  file.whole("input_shape", {2}, {2, 2}).whole("stride", {2}, {1, 1});
  file.whole("padding", {2}, {0, 0}).whole("dilation", {2}, {1, 1});
  file.whole("groups", {}, {2});
  CHECK_THAT(error_of(file), Contains("expected shape [2, 2, 2], found"));
  NirFile same = nir_chain("Conv2d", {2, 2, 2}, {2, 2, 2});
  same.real("weight", {2, 1, 1, 2}, {1, 10, 2, 20}).real("bias", {2}, {0, 1});
  same.whole("input_shape", {2}, {2, 2}).whole("stride", {2}, {1, 1});
  same.text("padding", "same").whole("dilation", {2}, {1, 1});
  same.whole("groups", {}, {2});
  // An even window lacks a column, which stands behind.
  check_close(run(same, {{1, 2, 3, 4, 5, 6, 7, 8}}),
              {{21, 2, 43, 4, 131, 13, 175, 17}}, 0);
}

TEST_CASE("Conv1d with scalars for its settings") {
  NirFile file = nir_chain("Conv1d", {1, 4}, {1, 2});
  file.real("weight", {1, 1, 3}, {1, 2, 3}).real("bias", {1}, {0.5});
  file.whole("input_shape", {}, {4}).whole("stride", {}, {2});
  file.whole("padding", {}, {1}).whole("dilation", {}, {1});
  file.whole("groups", {}, {1});
  check_close(run(file, {{1, 2, 3, 4}}), {{8.5, 20.5}}, 0);
}

TEST_CASE("pools sum and average") {
  auto pooled = [](const std::string& type) {
    NirFile file = nir_chain(type, {1, 2, 4}, {1, 1, 2});
    file.whole("kernel_size", {2}, {2, 2}).whole("stride", {}, {2});
    file.whole("padding", {2}, {0, 0});
    return run(file, {{1, 2, 3, 4, 5, 6, 7, 8}});
  };
  check_close(pooled("SumPool2d"), {{14, 22}}, 0);
  check_close(pooled("AvgPool2d"), {{3.5, 5.5}}, 0);
}

TEST_CASE("Flatten counts the axes of a sample, without a batch") {
  auto shape_of = [](int64_t start, int64_t end, const Shape& out) {
    NirFile file = nir_chain("Flatten", {2, 3, 4}, out);
    file.whole("start_dim", {}, {start}).whole("end_dim", {}, {end});
    file.whole("input_type", {3}, {2, 3, 4});
    return error_of(file);
  };
  CHECK(shape_of(0, -1, {24}) == "");
  CHECK(shape_of(-3, -1, {24}) == "");
  CHECK(shape_of(1, -1, {2, 12}) == "");
  CHECK(shape_of(0, 1, {6, 4}) == "");
  CHECK_THAT(shape_of(1, -1, {24}),
             Equals("edge 'n' -> 'out': expected shape [24], found [2, 12]"));
  CHECK_THAT(shape_of(3, -1, {24}), Contains("3 is not an axis of [2, 3, 4]"));
}

}  // namespace
}  // namespace nc
