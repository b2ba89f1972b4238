// Random numbers that are the same on every platform and standard library:
// splitmix64 (Steele, Lea, Flood, OOPSLA 2014). For draws, not for secrets.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace nc {

// The finalizer of splitmix64: a bijection that scatters its input's bits.
constexpr uint64_t mix64(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

class Random {
 public:
  explicit constexpr Random(uint64_t seed) : state_(seed) {}

  constexpr uint64_t next() { return mix64(state_ += kStride); }

  // Uniform in [0, bound), without bias: draws that would favour the small
  // remainders are thrown away.
  constexpr uint64_t below(uint64_t bound) {
    const uint64_t uneven = -bound % bound;  // 2^64 mod bound
    uint64_t drawn = next();
    while (drawn < uneven) drawn = next();
    return drawn % bound;
  }

  static constexpr uint64_t kStride = 0x9e3779b97f4a7c15ULL;

 private:
  uint64_t state_;
};

// Fisher and Yates, from the back.
template <class T>
void shuffle(std::vector<T>& values, Random& random) {
  for (size_t i = values.size(); i > 1; --i) {
    std::swap(values[i - 1], values[random.below(i)]);
  }
}

// A number in [0, 1) with 53 bits that depends on nothing but its arguments,
// so that any part of a stream can be made without the rest.
constexpr double uniform_at(uint64_t seed, uint64_t sample, uint64_t element,
                            uint64_t step) {
  uint64_t bits = mix64(seed + Random::kStride);
  for (uint64_t counter : {sample, element, step}) {
    bits = mix64((bits ^ counter) + Random::kStride);
  }
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

}  // namespace nc
