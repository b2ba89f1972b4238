// The kernels of generated hardware, each by itself, against the rules of the
// reference engine.
#include <catch2/catch.hpp>
#include <sstream>

#include "backends/hls/folding.h"
#include "backends/hls/kernels/elementwise.h"
#include "backends/hls/kernels/ends.h"
#include "backends/hls/kernels/pools.h"
#include "backends/hls/kernels/rearrange.h"
#include "backends/hls/kernels/stream_ends.h"
#include "backends/hls/kernels/streaming.h"
#include "backends/hls/kernels/weighted.h"
#include "ir/listing.h"
#include "runtime/evaluate.h"
#include "test/support/hls_numbers.h"

namespace nc {
namespace {

using test::as;
using test::Numbers;
using test::random_numbers;

// What the reference gives for node 1 of a graph whose node 0 is the input.
Numbers wanted(const std::string& op, const std::string& shape,
               const Numbers& x) {
  Graph graph = parse_listing("snn t T=1\n  in = input(shape=" + shape +
                              ", step=1, low=-99, high=99)\n  y = " + op +
                              " <- in\n  out = output() <- y\n");
  return Evaluator<int64_t>(graph).evaluate(1, {&x}, 1);
}

template <class T>
std::string listed(const std::vector<T>& values) {
  std::ostringstream text;
  for (size_t i = 0; i < values.size(); ++i) {
    text << (i == 0 ? "" : ", ") << static_cast<int64_t>(values[i]);
  }
  return text.str();
}

// Calls kernel<C>(x, y, ...) in both forms and compares.
template <class C, class Arrays, class Streams>
void check(const Numbers& x, const Numbers& expected, Arrays arrays,
           Streams streams) {
  auto in = as<typename C::in_t>(x);
  std::vector<typename C::out_t> out(static_cast<size_t>(C::kOutputs));
  arrays(in.data(), out.data());
  CHECK(Numbers(out.begin(), out.end()) == expected);
  hls::stream<typename C::in_t> from("from");
  hls::stream<typename C::out_t> to("to");
  for (const auto& each : in) from.write(each);
  streams(from, to);
  Numbers found;
  while (!to.empty()) found.push_back(to.read());
  CHECK(found == expected);
  CHECK(from.empty());
}

// ---- Integers --------------------------------------------------------------

TEST_CASE("an integer that does not fit its width is an error") {
  ap_int<4> small = 7;
  CHECK_THROWS_WITH(small += 1,
                    "8 does not fit ap_int<4>, which holds -8 to 7");
  CHECK_THROWS_AS(ap_int<4>(-9), std::overflow_error);
  CHECK_THROWS_AS(ap_uint<1>(2), std::overflow_error);
  CHECK_THROWS_AS(ap_uint<3>(ap_int<4>(-1)), std::overflow_error);
  ap_int<9> wide = small * small;
  CHECK(wide == 49);
  CHECK(ap_int<62>(ap_int<62>::kLow) == -(1LL << 61));
  CHECK(ap_uint<62>::kHigh == (1LL << 62) - 1);
}

TEST_CASE("an empty stream cannot be read") {
  hls::stream<ap_uint<1>> empty("spikes");
  CHECK_THROWS_WITH(empty.read(), "stream 'spikes' is read when empty");
}

// ---- Weighted layers -------------------------------------------------------

struct Small {
  typedef ap_int<8> in_t;
  typedef ap_int<20> out_t;
  typedef ap_int<20> sum_t;
  typedef ap_int<8> weight_t;
  typedef std::int8_t weight_rom;
  typedef ap_int<8> bias_t;
  typedef std::int8_t bias_rom;
};

// weight [out][fan-in] to [fan-in][out]
std::vector<std::int8_t> turned(const Numbers& weight, size_t outputs) {
  size_t fan_in = weight.size() / outputs;
  std::vector<std::int8_t> table(weight.size());
  for (size_t i = 0; i < weight.size(); ++i) {
    table[i % fan_in * outputs + i / fan_in] =
        static_cast<std::int8_t>(weight[i]);
  }
  return table;
}

template <int Terms, int Lanes>
struct Dense : Small {
  static constexpr int kInputs = 12, kOutputs = 6, kBiasGroup = 1;
  static constexpr int kTerms = Terms, kLanes = Lanes;
  static constexpr int kProducts = Terms * Lanes;
};

template <class C>
void check_dense() {
  Numbers x = random_numbers(C::kInputs, -9, 9);
  Numbers weight = random_numbers(C::kInputs * C::kOutputs, -99, 99);
  Numbers bias = random_numbers(C::kOutputs, -99, 99);
  Numbers expected = wanted("affine(weight=i8[6, 12]{" + listed(weight) +
                                "}, bias=i8[6]{" + listed(bias) + "})",
                            "[12]", x);
  auto table = turned(weight, C::kOutputs);
  auto biases = as<std::int8_t>(bias);
  check<C>(
      x, expected,
      [&](auto* in, auto* out) {
        snn::dense<C>(in, out, table.data(), biases.data());
      },
      [&](auto& in, auto& out) {
        snn::dense_stream<C>(in, out, table.data(), biases.data());
      });
}

TEST_CASE("dense layers of all foldings multiply like the reference") {
  check_dense<Dense<1, 6>>();
  check_dense<Dense<1, 1>>();
  check_dense<Dense<1, 3>>();
  check_dense<Dense<4, 6>>();
  check_dense<Dense<12, 6>>();
}

// Channels in and out, groups, stride, padding, dilation of a 2 by 3 kernel on
// 7 by 6 cells.
template <int In, int Out, int Groups, int Stride, int Padding, int Dilation,
          int Terms, int Lanes>
struct Conv : Small {
  static constexpr int kInHeight = 7, kInWidth = 6;
  static constexpr int kKernelHeight = 2, kKernelWidth = 3;
  static constexpr int kStrideHeight = Stride, kStrideWidth = Stride;
  static constexpr int kPaddingHeight = Padding, kPaddingWidth = Padding;
  static constexpr int kDilationHeight = Dilation, kDilationWidth = Dilation;
  static constexpr int kOutHeight =
      (kInHeight + 2 * Padding - Dilation - 1) / Stride + 1;
  static constexpr int kOutWidth =
      (kInWidth + 2 * Padding - 2 * Dilation - 1) / Stride + 1;
  static constexpr int kInPerGroup = In / Groups, kOutPerGroup = Out / Groups;
  static constexpr int kOutChannels = Out, kFanIn = kInPerGroup * 6;
  static constexpr int kInputs = In * kInHeight * kInWidth;
  static constexpr int kOutputs = Out * kOutHeight * kOutWidth;
  static constexpr int kBiasGroup = kOutHeight * kOutWidth;
  static constexpr int kTerms = Terms, kLanes = Lanes;
  static constexpr int kProducts = Terms * Lanes, kBlocks = Groups;
};

template <class C>
void check_conv() {
  Numbers x = random_numbers(C::kInputs, -9, 9);
  Numbers weight = random_numbers(C::kOutChannels * C::kFanIn, -99, 99);
  Numbers bias = random_numbers(C::kOutChannels, -99, 99);
  auto n = [](int value) { return std::to_string(value); };
  auto pair = [&](int value) { return "[" + n(value) + ", " + n(value) + "]"; };
  int channels = C::kInputs / (C::kInHeight * C::kInWidth);
  Numbers expected = wanted(
      "conv2d(weight=i8[" + n(C::kOutChannels) + ", " + n(C::kInPerGroup) +
          ", 2, 3]{" + listed(weight) + "}, bias=i8[" + n(C::kOutChannels) +
          "]{" + listed(bias) + "}, stride=" + pair(C::kStrideWidth) +
          ", padding=" + pair(C::kPaddingWidth) +
          ", dilation=" + pair(C::kDilationWidth) +
          ", groups=" + n(channels / C::kInPerGroup) + ")",
      "[" + n(channels) + ", 7, 6]", x);
  auto table = turned(weight, C::kOutChannels);
  auto biases = as<std::int8_t>(bias);
  check<C>(
      x, expected,
      [&](auto* in, auto* out) {
        snn::conv<C>(in, out, table.data(), biases.data());
      },
      [&](auto& in, auto& out) {
        snn::conv_stream<C>(in, out, table.data(), biases.data());
      });
}

TEST_CASE("convolutions of all kinds give what the reference gives") {
  check_conv<Conv<1, 4, 1, 1, 0, 1, 1, 4>>();
  check_conv<Conv<2, 4, 1, 2, 1, 1, 1, 2>>();
  check_conv<Conv<4, 6, 2, 1, 2, 2, 3, 6>>();  // grouped, dilated
  check_conv<Conv<4, 4, 4, 1, 1, 1, 1, 4>>();  // depthwise
  check_conv<Conv<3, 6, 3, 3, 1, 1, 2, 6>>();  // depthwise, two each
}

// ---- Pools -----------------------------------------------------------------

struct Pool {
  typedef ap_int<8> in_t;
  typedef ap_int<12> out_t;
  static constexpr int kInHeight = 5, kInWidth = 6;
  static constexpr int kKernelHeight = 3, kKernelWidth = 2;
  static constexpr int kStrideHeight = 2, kStrideWidth = 2;
  static constexpr int kPaddingHeight = 1, kPaddingWidth = 1;
  static constexpr int kDilationHeight = 1, kDilationWidth = 1;
  static constexpr int kOutHeight = 3, kOutWidth = 4;
  static constexpr int kInputs = 2 * 30, kOutputs = 2 * 12;
};

TEST_CASE("pools sum and find the largest, padding aside") {
  const std::string window = "(kernel=[3, 2], stride=[2, 2], padding=[1, 1]";
  Numbers x = random_numbers(60, -90, -3);
  check<Pool>(
      x, wanted("sum_pool" + window + ")", "[2, 5, 6]", x),
      [](auto* in, auto* out) { snn::sum_pool<Pool>(in, out); },
      [](auto& in, auto& out) { snn::sum_pool_stream<Pool>(in, out); });
  check<Pool>(
      x, wanted("max_pool" + window + ", dilation=[1, 1])", "[2, 5, 6]", x),
      [](auto* in, auto* out) { snn::max_pool<Pool>(in, out); },
      [](auto& in, auto& out) { snn::max_pool_stream<Pool>(in, out); });
}

// ---- Rearrangements and elements -------------------------------------------

struct Turn {  // permute(order=[2, 0, 1]) of [2, 3, 4]
  typedef ap_int<8> in_t;
  typedef ap_int<8> out_t;
  static constexpr int kInputs = 24, kOutputs = 24, kStart = 0;
  static constexpr int kSize0 = 1, kSize1 = 1, kSize2 = 4, kSize3 = 6;
  static constexpr int kStride0 = 0, kStride1 = 0, kStride2 = 1, kStride3 = 4;
};

struct Border {  // pad(before=[0, 1], after=[0, 2]) of [2, 3]
  typedef ap_int<8> in_t;
  typedef ap_int<8> out_t;
  static constexpr int kInputs = 6, kOutputs = 12, kStart = 1, kFill = -7;
  static constexpr int kSize0 = 1, kSize1 = 1, kSize2 = 2, kSize3 = 3;
  static constexpr int kStride0 = 0, kStride1 = 0, kStride2 = 6, kStride3 = 1;
};

TEST_CASE("values move as the reference moves them") {
  Numbers x = random_numbers(24, -99, 99);
  check<Turn>(
      x, wanted("permute(order=[2, 0, 1])", "[2, 3, 4]", x),
      [](auto* in, auto* out) { snn::gather<Turn>(in, out); },
      [](auto& in, auto& out) { snn::gather_stream<Turn>(in, out); });
  Numbers y = random_numbers(6, -99, 99);
  check<Border>(
      y, wanted("pad(before=[0, 1], after=[0, 2], value=-7)", "[2, 3]", y),
      [](auto* in, auto* out) { snn::place<Border>(in, out); },
      [](auto& in, auto& out) { snn::place_stream<Border>(in, out); });
}

struct Pair {
  typedef ap_int<8> in_t;
  typedef ap_int<8> other_t;
  typedef ap_int<9> out_t;
  static constexpr int kRuns = 2, kFirst = 2, kSecond = 1, kOutputs = 6;
};

TEST_CASE("branches are laid side by side and added") {
  const ap_int<8> a[] = {1, 2, 3, 4, 5, 6};
  const ap_int<8> b[] = {-7, -8, 3, 100, 5, 6};
  ap_int<9> out[6];
  snn::concat<Pair>(a, b, out);
  CHECK(Numbers(out, out + 6) == Numbers{1, 2, -7, 3, 4, -8});
  snn::add<Pair>(a, b, out);
  CHECK(Numbers(out, out + 6) == Numbers{-6, -6, 6, 104, 10, 12});
}

struct Scaling : Small {
  static constexpr int kInputs = 6, kOutputs = 6;
  static constexpr int kWeightGroup = 3, kBiasGroup = 6;
};

TEST_CASE("scales and rectifiers work on each value") {
  Numbers x = random_numbers(6, -99, 99);
  const std::int8_t weight[] = {3, -4};
  const std::int8_t bias[] = {5};
  check<Scaling>(
      x, wanted("scale(weight=i8[2]{3, -4}, offset=i8[1]{5})", "[2, 3]", x),
      [&](auto* in, auto* out) { snn::scale<Scaling>(in, out, weight, bias); },
      [&](auto& in, auto& out) {
        snn::scale_stream<Scaling>(in, out, weight, bias);
      });
  check<Scaling>(
      x, wanted("relu()", "[2, 3]", x),
      [](auto* in, auto* out) { snn::rectify<Scaling>(in, out); },
      [](auto& in, auto& out) { snn::rectify_stream<Scaling>(in, out); });
}

// ---- Folding ---------------------------------------------------------------

TEST_CASE("a reuse factor is met with the fewest multipliers") {
  auto folded = [](int64_t fan_in, int64_t outputs, int64_t reuse) {
    HlsFolding found = fold(fan_in, outputs, reuse);
    return Numbers{found.terms, found.lanes, found.reuse(fan_in, outputs)};
  };
  CHECK(folded(784, 128, 0) == Numbers{1, 128, 784});
  CHECK(folded(784, 128, 1) == Numbers{784, 128, 1});
  CHECK(folded(784, 128, 392) == Numbers{2, 128, 392});
  CHECK(folded(784, 128, 300) == Numbers{4, 128, 196});
  CHECK(folded(784, 128, 784 * 64) == Numbers{1, 2, 784 * 64});
  CHECK(folded(784, 128, 1 << 30) == Numbers{1, 1, 784 * 128});
  CHECK(folded(7, 3, 8) == Numbers{1, 3, 7});
}

}  // namespace
}  // namespace nc
