#include "runtime/cpu/roofline.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "runtime/cpu/convolution.h"

namespace nc {

double dense_rate(const Window& window) {
  constexpr int64_t kImages = 8;
  constexpr int kRuns = 8;
  std::vector<int8_t> weight(
      static_cast<size_t>(window.taps() * window.in.channels / window.groups *
                          window.out.channels),
      1);
  ByteConvolution convolution(window, weight);
  std::vector<uint8_t> in(static_cast<size_t>(kImages * window.in.elements()),
                          1);
  std::vector<int32_t> out(
      static_cast<size_t>(kImages * window.out.elements()));
  ConvolutionThreads threads(1);
  const double products = static_cast<double>(window.products() * kImages);
  double best = 0;
  for (int i = 0; i < kRuns; ++i) {
    auto start = std::chrono::steady_clock::now();
    convolution.run(in.data(), out.data(), kImages);
    std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - start;
    best = std::max(best, products / took.count());
  }
  return best;
}

double large_dense_rate() {
  return dense_rate({{16, 16, 256}, {16, 16, 256}, 3, 3, 1, 1, 1, 1});
}

}  // namespace nc
