// Whole numbers out of bytes, whatever the byte order of this machine, and
// clocks that start again.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nc {

template <class Bytes>
constexpr uint64_t little_endian(const Bytes& bytes, size_t at, size_t size) {
  uint64_t number = 0;
  for (size_t i = size; i > 0; --i) number = number << 8 | bytes[at + i - 1];
  return number;
}

template <class Bytes>
constexpr uint64_t big_endian(const Bytes& bytes, size_t at, size_t size) {
  uint64_t number = 0;
  for (size_t i = 0; i < size; ++i) number = number << 8 | bytes[at + i];
  return number;
}

// Times of a counter of 32 bits, which starts again after 71.6 minutes. The
// first time is the counter, unsigned. From there, with
// d = (counter - previous counter) mod 2^32, time goes on by d if d < 2^31;
// otherwise it goes back by 2^32 - d, which no recording should do.
class Clock32 {
 public:
  int64_t continued(uint32_t counter) {
    int64_t step = static_cast<int32_t>(counter - static_cast<uint32_t>(time_));
    time_ = runs_ ? time_ + step : int64_t{counter};
    runs_ = true;
    return time_;
  }

 private:
  int64_t time_ = 0;
  bool runs_ = false;
};

}  // namespace nc
