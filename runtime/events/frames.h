// Events to frames. A frame counts the events of a stretch of time, per
// polarity and pixel: [2, height, width], polarity 0 (darker) first.
//
// Place. With the crop's corner (cx, cy) and size (cw, ch), and the whole
// factor `shrink` f, which must divide cw and ch, an event at (x, y) counts at
//   column = floor((x - cx) / f),  row = floor((y - cy) / f)
// of a frame of width cw / f and height ch / f; outside of the crop it does
// not count.
//
// Time. Of the events of a recording, cropped or not, let t0 be the time of
// the first and t1 of the last. An event at t counts in the frame
//   k = floor((t - t0) * T / (t1 - t0 + 1))   window = 0: T equal parts
//   k = floor((t - t0) / window)              window > 0: in microseconds;
//                                             k >= T does not count
//
// Value. The count; with `clip`, 1 where it is not 0.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ir/tensor.h"
#include "runtime/events/reader.h"

namespace nc {

struct Crop {
  int32_t x = 0;
  int32_t y = 0;
  int32_t width = 0;
  int32_t height = 0;

  friend bool operator==(const Crop&, const Crop&) = default;
};

struct Binning {
  int64_t window = 0;  // microseconds; 0: equal parts of the recording
  bool clip = false;   // 0 or 1 instead of counts
  std::optional<Crop> crop = {};  // of the sensor; otherwise all of it
  int32_t shrink = 1;
};

// [2, height, width] of one frame. Throws Error: a crop that is not within the
// sensor, a factor that does not divide it, a window below 0.
Shape frame_shape(const SensorSize& sensor, const Binning& binning);

// The T frames of a recording, [T, 2, height, width]; zeros without events.
// Throws Error for events that are not on the sensor.
std::vector<float> bin_events(const std::vector<Event>& events,
                              const SensorSize& sensor, const Binning& binning,
                              int64_t timesteps);

// Frames of a recording that goes on, one each `window` microseconds (above
// 0), the first beginning with the first event. A frame is complete when an
// event behind it arrives, or the recording ends.
class FrameStream {
 public:
  FrameStream(EventReader& reader, const SensorSize& sensor,
              const Binning& binning);

  // Fills `frame` with [2, height, width]; false at the end.
  bool next(std::vector<float>& frame);

 private:
  EventReader& reader_;
  SensorSize sensor_;
  Binning binning_;
  size_t size_;
  std::optional<Event> ahead_;  // the first event that has not been counted
  int64_t start_ = 0;           // of the next frame
};

}  // namespace nc
