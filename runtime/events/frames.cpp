#include "runtime/events/frames.h"

#include <algorithm>
#include <cassert>

#include "ir/error.h"

namespace nc {
namespace {

constexpr int64_t kMaxValues = int64_t{1} << 31;

std::string text_of(const Crop& crop) {
  return std::to_string(crop.x) + ":" + std::to_string(crop.y) + ":" +
         std::to_string(crop.width) + ":" + std::to_string(crop.height);
}

std::string text_of(const SensorSize& size) {
  return std::to_string(size.width) + " x " + std::to_string(size.height);
}

Crop crop_of(const SensorSize& sensor, const Binning& binning) {
  return binning.crop.value_or(Crop{0, 0, sensor.width, sensor.height});
}

bool fits(const Crop& crop, const SensorSize& sensor) {
  return crop.x >= 0 && crop.y >= 0 && crop.width > 0 && crop.height > 0 &&
         crop.width <= sensor.width && crop.height <= sensor.height &&
         crop.x <= sensor.width - crop.width &&
         crop.y <= sensor.height - crop.height;
}

// Counts events at their places in a frame.
class Counter {
 public:
  Counter(const SensorSize& sensor, const Binning& binning)
      : sensor_(sensor),
        crop_(crop_of(sensor, binning)),
        shrink_(binning.shrink),
        clip_(binning.clip),
        shape_(frame_shape(sensor, binning)) {}

  size_t size() const { return static_cast<size_t>(element_count(shape_)); }

  void count(const Event& event, float* frame) const {
    check(event);
    int32_t x = event.x - crop_.x;
    int32_t y = event.y - crop_.y;
    if (x < 0 || y < 0 || x >= crop_.width || y >= crop_.height) return;
    int64_t row = event.polarity * shape_[1] + y / shrink_;
    float& counted = frame[row * shape_[2] + x / shrink_];
    counted = clip_ ? 1 : counted + 1;
  }

 private:
  void check(const Event& event) const {
    if (event.x >= 0 && event.x < sensor_.width && event.y >= 0 &&
        event.y < sensor_.height) {
      return;
    }
    throw Error("expected events on a sensor of " + text_of(sensor_) +
                ", found one at (" + std::to_string(event.x) + ", " +
                std::to_string(event.y) + ")");
  }

  SensorSize sensor_;
  Crop crop_;
  int32_t shrink_;
  bool clip_;
  Shape shape_;
};

// The frame that an event `after` microseconds behind the first counts in.
int64_t frame_at(int64_t after, int64_t duration, int64_t window,
                 int64_t timesteps) {
  return window > 0 ? after / window : after * timesteps / duration;
}

void check_duration(int64_t duration, int64_t timesteps) {
  if (duration <= (int64_t{1} << 62) / timesteps) return;
  throw Error(
      "expected a recording of less than 2^62 / T microseconds, found " +
      std::to_string(duration));
}

}  // namespace

Shape frame_shape(const SensorSize& sensor, const Binning& binning) {
  Crop crop = crop_of(sensor, binning);
  if (!fits(crop, sensor)) {
    throw Error("expected a crop within the sensor of " + text_of(sensor) +
                ", found " + text_of(crop));
  }
  int32_t f = binning.shrink;
  if (f < 1 || crop.width % f != 0 || crop.height % f != 0) {
    throw Error("expected shrink to divide " +
                text_of(SensorSize{crop.width, crop.height}) + ", found " +
                std::to_string(f));
  }
  if (binning.window < 0) {
    throw Error("expected a window above 0 microseconds, found " +
                std::to_string(binning.window));
  }
  return {2, crop.height / f, crop.width / f};
}

std::vector<float> bin_events(const std::vector<Event>& events,
                              const SensorSize& sensor, const Binning& binning,
                              int64_t timesteps) {
  assert(timesteps > 0);
  Counter counter(sensor, binning);
  auto size = static_cast<int64_t>(counter.size());
  if (timesteps > kMaxValues / size) {
    throw Error("expected frames of at most 2^31 elements, found T = " +
                std::to_string(timesteps));
  }
  std::vector<float> frames(static_cast<size_t>(timesteps * size));
  if (events.empty()) return frames;
  int64_t start = events.front().microseconds;
  int64_t duration = events.back().microseconds - start + 1;
  check_duration(duration, timesteps);
  for (const Event& event : events) {
    int64_t k = frame_at(event.microseconds - start, duration, binning.window,
                         timesteps);
    if (k < timesteps) counter.count(event, frames.data() + k * size);
  }
  return frames;
}

FrameStream::FrameStream(EventReader& reader, const SensorSize& sensor,
                         const Binning& binning)
    : reader_(reader),
      sensor_(sensor),
      binning_(binning),
      size_(Counter(sensor, binning).size()) {
  assert(binning.window > 0);
}

bool FrameStream::next(std::vector<float>& frame) {
  Event event;
  if (!ahead_) {
    if (!reader_.next(event)) return false;
    ahead_ = event;
    start_ = event.microseconds;
  }
  frame.assign(size_, 0);
  Counter counter(sensor_, binning_);
  while (ahead_ && ahead_->microseconds - start_ < binning_.window) {
    counter.count(*ahead_, frame.data());
    ahead_.reset();
    if (reader_.next(event)) ahead_ = event;
  }
  start_ += binning_.window;
  return true;
}

}  // namespace nc
