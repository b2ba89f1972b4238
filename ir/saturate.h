// 64-bit integer arithmetic that stops at its limits instead of wrapping.
#pragma once

#include <cstdint>
#include <limits>

namespace nc {

inline int64_t saturated_limit(bool negative) {
  // Symmetric, so that a negation never overflows.
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  return negative ? -kMax : kMax;
}

inline int64_t saturated(int64_t value) {
  return value == std::numeric_limits<int64_t>::min() ? saturated_limit(true)
                                                      : value;
}

inline int64_t saturating_add(int64_t a, int64_t b) {
  int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return saturated_limit(a < 0);
  return saturated(sum);
}

inline int64_t saturating_multiply(int64_t a, int64_t b) {
  int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) {
    return saturated_limit((a < 0) != (b < 0));
  }
  return saturated(product);
}

}  // namespace nc
