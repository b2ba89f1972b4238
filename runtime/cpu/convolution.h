// Dense convolutions through oneDNN, channels last: bytes times 8-bit weights
// into 32-bit sums, or f32 throughout.
//
// The integer form is exact on every instruction set as long as the bytes stay
// within 0 ... 127 (AVX2 and AVX-512 without VNNI add pairs of products in 16
// bits) and sums below 2^24 (oneDNN passes them through f32). The caller sees
// to both.
#pragma once

#include <memory>
#include <span>

#include "runtime/cpu/layout.h"

namespace nc {

inline constexpr int64_t kExactByte = 127;
inline constexpr int64_t kExactSum = int64_t{1} << 24;

template <class Source, class Weight, class Sum>
class Convolution {
 public:
  // weight: [out, in / groups, kernel_h, kernel_w], as in the IR.
  Convolution(const Window& window, std::span<const Weight> weight);
  ~Convolution();
  Convolution(Convolution&&) noexcept;
  Convolution& operator=(Convolution&&) noexcept;

  // in: [images, positions, channels]; out likewise, overwritten. May be
  // called from several threads at once.
  void run(const Source* in, Sum* out, int64_t images) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

using ByteConvolution = Convolution<uint8_t, int8_t, int32_t>;
using FloatConvolution = Convolution<float, float, float>;

// As long as it lives, the calling thread's convolutions use so many threads (1
// when each thread has its own images).
class ConvolutionThreads {
 public:
  explicit ConvolutionThreads(int threads);
  ~ConvolutionThreads();

 private:
  int before_;
};

}  // namespace nc
