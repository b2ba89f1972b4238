// The fixed-point arithmetic that all neurons of the chip share: 24-bit state
// held in wider integers, as Lava (lava-nc) computes it. Quantities named
// u, v and bias are in chip units; weights and thresholds are in weight units;
// 1 weight unit = 64 chip units (a_in << 6, vth << 6).
#pragma once

#include <algorithm>
#include <cstdint>

namespace nc::loihi {

inline constexpr int64_t kStateLimit = int64_t{1} << 23;  // of u and v
inline constexpr int64_t kUnitShift = 6;  // weight units to chip units
inline constexpr int64_t kDecayBits = 12;

// Largest threshold (17 bits) and largest membrane in weight units.
inline constexpr int64_t kMostThreshold = (int64_t{1} << 17) - 1;
inline constexpr int64_t kMostMembrane = (int64_t{1} << 17) - 1;

// Largest payload of a graded spike: 24 bits with sign.
inline constexpr int64_t kMostPayload = kStateLimit - 1;

// x * (4096 - decay) / 4096, towards zero.
inline int64_t decayed(int64_t x, int64_t decay) {
  int64_t keep = (int64_t{1} << kDecayBits) - decay;
  return x < 0 ? -((-x * keep) >> kDecayBits) : (x * keep) >> kDecayBits;
}

// The current's overflow: one wrap, with uneven limits. +2^23 itself stays,
// -2^23 becomes +2^23, and what lies beyond 3 * 2^23 is not brought back.
template <class Number>
constexpr Number wrapped(Number x) {
  constexpr Number limit = static_cast<Number>(kStateLimit);
  Number down = static_cast<Number>(x > limit ? x - 2 * limit : x);
  return static_cast<Number>(x <= -limit ? x + 2 * limit : down);
}

// The membrane's overflow.
template <class Number>
constexpr Number saturated(Number x, Number limit) {
  return std::min(std::max(x, static_cast<Number>(-limit)), limit);
}

// mantissa * 2^exponent, rounding down.
inline int64_t scaled(int64_t mantissa, int64_t exponent) {
  return exponent >= 0 ? mantissa << exponent : mantissa >> -exponent;
}

}  // namespace nc::loihi
