// What a dynamic vision sensor sends: one pixel saw its brightness change.
#pragma once

#include <cstdint>

namespace nc {

// x counts columns from 0 at the left, y rows from 0; whether row 0 is the
// top or the bottom is the recording's affair (AEDAT 2: the bottom).
struct Event {
  int64_t microseconds = 0;
  int32_t x = 0;
  int32_t y = 0;
  bool polarity = false;  // true: brighter (ON)

  friend bool operator==(const Event&, const Event&) = default;
};

struct SensorSize {  // in pixels
  int32_t width = 0;
  int32_t height = 0;

  friend bool operator==(const SensorSize&, const SensorSize&) = default;
};

}  // namespace nc
