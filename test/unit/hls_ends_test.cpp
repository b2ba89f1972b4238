// The two ends of generated hardware, feedback, and the wires between streams.
#include <catch2/catch.hpp>

#include "backends/hls/kernels/stream_ends.h"
#include "backends/hls/kernels/streaming.h"
#include "test/support/hls_numbers.h"

namespace nc {
namespace {

using test::Numbers;

typedef ap_int<8> Byte;
typedef ap_int<12> Sum;

template <int Frames>
struct Frame {
  typedef Byte in_t;
  typedef Sum out_t;
  typedef ap_uint<4> repeats_t;
  static constexpr int kOutputs = 3, kFrames = Frames, kRepeats = 5;
};

const Byte kFrames[] = {1, -2, 3, 40, 50, -60};

template <class T>
void write(hls::stream<T>& to, const T* first, int count) {
  for (int i = 0; i < count; ++i) to.write(first[i]);
}

template <class T>
Numbers rest_of(hls::stream<T>& from) {
  Numbers found;
  while (!from.empty()) found.push_back(from.read());
  return found;
}

template <int Frames>
Numbers input_at(int step) {
  Sum y[3];
  snn::read_input<Frame<Frames>>(kFrames, y, step);
  return Numbers(y, y + 3);
}

TEST_CASE("a step reads its own frame, or the one that stays") {
  CHECK(input_at<2>(0) == Numbers{1, -2, 3});
  CHECK(input_at<2>(1) == Numbers{40, 50, -60});
  CHECK(input_at<1>(1) == Numbers{1, -2, 3});
  hls::stream<Byte> input("input");
  hls::stream<Sum> steps("steps");
  Byte kept[3];
  write(input, kFrames, 3);
  for (int step : {0, 1}) {
    snn::read_input_stream<Frame<1>>(input, steps, kept, step);
  }
  CHECK(rest_of(steps) == Numbers{1, -2, 3, 1, -2, 3});
  write(input, kFrames, 6);
  for (int step : {0, 1}) {
    snn::read_input_stream<Frame<2>>(input, steps, kept, step);
  }
  CHECK(rest_of(steps) == Numbers{1, -2, 3, 40, 50, -60});
}

TEST_CASE("a window is the sum of all frames, as often as each stands") {
  const Numbers kSums = {5 * 41, 5 * 48, 5 * -57};
  Sum y[3];
  snn::read_window<Frame<2>>(kFrames, y);
  CHECK(Numbers(y, y + 3) == kSums);
  hls::stream<Byte> input("input");
  hls::stream<Sum> window("window");
  write(input, kFrames, 6);
  snn::read_window_stream<Frame<2>>(input, window);
  CHECK(rest_of(window) == kSums);
}

template <int IsMembrane>
struct Readout : Frame<1> {
  static constexpr int kIsMembrane = IsMembrane;
};

// Two steps: what the total holds after each, and what a stream gives.
template <int IsMembrane>
void check_readout(const Numbers& after_first, const Numbers& after_last) {
  using C = Readout<IsMembrane>;
  Sum total[3] = {9, 9, 9};  // of the sample before
  snn::read_out<C>(kFrames, total, true);
  CHECK(Numbers(total, total + 3) == after_first);
  snn::read_out<C>(kFrames + 3, total, false);
  CHECK(Numbers(total, total + 3) == after_last);
  hls::stream<Byte> x("x");
  hls::stream<Sum> output("output");
  write(x, kFrames, 6);
  snn::read_out_stream<C>(x, output, total, true, false);
  CHECK(output.empty());
  snn::read_out_stream<C>(x, output, total, false, true);
  CHECK(rest_of(output) == after_last);
}

TEST_CASE("a readout is the sum of all steps, or the last membrane") {
  check_readout<0>({1, -2, 3}, {41, 48, -57});
  check_readout<1>({1, -2, 3}, {40, 50, -60});
}

TEST_CASE("a feedback edge reads what was kept, and 0 at first") {
  Sum kept[3] = {7, 7, 7};  // of the sample before
  Sum y[3];
  snn::recall<Frame<1>>(y, kept, true);
  CHECK(Numbers(y, y + 3) == Numbers{0, 0, 0});
  snn::keep<Frame<1>>(kFrames, kept);
  snn::recall<Frame<1>>(y, kept, false);
  CHECK(Numbers(y, y + 3) == Numbers{1, -2, 3});
}

struct Joint {
  typedef Byte in_t;
  typedef Byte other_t;
  typedef Sum out_t;
  static constexpr int kRuns = 2, kFirst = 2, kSecond = 1, kOutputs = 6;
};

TEST_CASE("streams are laid side by side, added and forked") {
  hls::stream<Byte> a("a"), b("b");
  hls::stream<Sum> y("y"), z("z");
  write(a, kFrames, 4);
  write(b, kFrames, 2);
  snn::concat_stream<Joint>(a, b, y);
  CHECK(rest_of(y) == Numbers{1, -2, 1, 3, 40, -2});
  write(a, kFrames, 6);
  write(b, kFrames, 6);
  snn::add_stream<Joint>(a, b, y);
  CHECK(rest_of(y) == Numbers{2, -4, 6, 80, 100, -120});
  write(a, kFrames, 6);
  snn::fork_stream<Joint>(a, y, z);
  CHECK(rest_of(y) == Numbers{1, -2, 3, 40, 50, -60});
  CHECK(rest_of(z) == Numbers{1, -2, 3, 40, 50, -60});
}

}  // namespace
}  // namespace nc
