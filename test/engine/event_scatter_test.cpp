// Scattered sums against the convolution's definition.
#include "runtime/cpu/event_scatter.h"

#include <hwy/targets.h>

#include <catch2/catch.hpp>
#include <random>

namespace nc {
namespace {

constexpr int64_t kSteps = 2, kSamples = 2;

struct Layer {
  int64_t in, out, height, width;
  int32_t low;
  int largest;  // |w|
};

struct Inputs {
  Window window;
  std::vector<int8_t> weight;
  std::vector<uint8_t> cells;
};

Inputs random_inputs(const Layer& layer) {
  Inputs inputs;
  inputs.window = {{layer.height, layer.width, layer.in},
                   {layer.height, layer.width, layer.out},
                   3,
                   3,
                   1,
                   1,
                   1,
                   1};
  std::minstd_rand next(1);
  auto below = [&](int n) { return static_cast<int>(next() % unsigned(n)); };
  inputs.weight.resize(static_cast<size_t>(9 * layer.in * layer.out));
  for (int8_t& each : inputs.weight) {
    each = static_cast<int8_t>(below(2 * layer.largest + 1) - layer.largest);
  }
  inputs.cells.resize(
      static_cast<size_t>(kSteps * kSamples * inputs.window.in.elements()));
  for (uint8_t& each : inputs.cells) {
    int payload = below(4) == 0 ? 1 : layer.low * (below(8) == 0);
    each = static_cast<uint8_t>(payload - layer.low);
  }
  return inputs;
}

int32_t sum_at(const Inputs& inputs, int32_t low, int64_t image,
               int64_t position, int64_t o) {
  const Window& w = inputs.window;
  const uint8_t* cells = inputs.cells.data() + image * w.in.elements();
  int32_t sum = 0;
  for_each_tap(w, position, [&](int64_t tap, int64_t from) {
    for (int64_t i = 0; i < w.in.channels; ++i) {
      int32_t payload = cells[from * w.in.channels + i] + low;
      sum +=
          payload *
          inputs.weight[static_cast<size_t>((o * w.in.channels + i) * 9 + tap)];
    }
  });
  return sum;
}

// One sample, all steps, some rows at a time.
void check(const Layer& layer) {
  Inputs inputs = random_inputs(layer);
  const Window& w = inputs.window;
  auto scatter = EventScatter::make(w, inputs.weight, layer.low, 1);
  REQUIRE(scatter);
  int64_t differ = 0;
  for (int64_t rows : {int64_t{1}, int64_t{2}, layer.height}) {
    for (int64_t y = 0; y + rows <= layer.height; y += rows) {
      Block block{0, kSteps, 1, 1, y * w.in.width, rows * w.in.width};
      std::vector<int32_t> sums(static_cast<size_t>(block.rows() * layer.out),
                                12345);
      scatter->run(inputs.cells.data(), kSamples, block, sums.data());
      for (size_t i = 0; i < sums.size(); ++i) {
        int64_t at = static_cast<int64_t>(i);
        int64_t o = at % layer.out;
        int64_t row = at / layer.out;
        int64_t step = row / block.positions;
        int64_t position = block.position + row % block.positions;
        differ += sums[i] !=
                  sum_at(inputs, layer.low, step * kSamples + 1, position, o);
      }
    }
  }
  CHECK(differ == 0);
}

TEST_CASE("scattered sums are those of the convolution") {
  const Layer layers[] = {
      {16, 16, 4, 5, 0, 127},   // one word, one vector
      {64, 64, 3, 3, -1, 50},   // spikes that are taken back
      {70, 33, 4, 2, -1, 40},   // parts of words and chunks
      {200, 70, 2, 3, 0, 100},  // several groups
      {1, 1, 1, 1, 0, 127},     // nothing but the centre
      {3, 130, 2, 1, -1, 127},  // more than one chunk
  };
  for (int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    for (const Layer& layer : layers) {
      INFO(hwy::TargetName(target) << ": " << layer.in << " to " << layer.out);
      check(layer);
    }
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST_CASE("what cannot be scattered is left to others") {
  Inputs inputs = random_inputs({64, 4, 3, 3, 0, 1});
  auto made = [&](const Window& window, int32_t low, int64_t high) {
    return EventScatter::make(window, inputs.weight, low, high).has_value();
  };
  CHECK(made(inputs.window, 0, 1));
  CHECK(made(inputs.window, -1, 1));
  CHECK_FALSE(made(inputs.window, 0, 2));
  CHECK_FALSE(made(inputs.window, -2, 1));
  Window strided = inputs.window;
  strided.stride_w = 2;
  CHECK_FALSE(made(strided, 0, 1));
  // 64 channels of nine taps could overflow 16 bits.
  inputs.weight.assign(inputs.weight.size(), 127);
  CHECK_FALSE(made(inputs.window, 0, 1));
}

}  // namespace
}  // namespace nc
