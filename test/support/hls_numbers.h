// Numbers for tests of kernels of generated hardware.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace nc::test {

using Numbers = std::vector<int64_t>;

inline Numbers random_numbers(size_t count, int64_t low, int64_t high) {
  static std::minstd_rand next(5);
  Numbers values(count);
  for (int64_t& each : values) {
    each = low + static_cast<int64_t>(next()) % (high - low + 1);
  }
  return values;
}

template <class To>
std::vector<To> as(const Numbers& values) {
  return std::vector<To>(values.begin(), values.end());
}

}  // namespace nc::test
