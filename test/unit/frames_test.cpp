#include "runtime/events/frames.h"

#include <catch2/catch.hpp>
#include <numeric>
#include <random>
#include <sstream>

#include "ir/error.h"
#include "test/support/recordings.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using Frame = std::vector<float>;
using test::Events;

constexpr SensorSize kSmall = {2, 1};

Events at_origin(const std::vector<int64_t>& times) {
  Events events;
  for (int64_t time : times) events.push_back({time, 0, 0, true});
  return events;
}

// The number of events in each frame of a sensor of 1 x 1.
Frame per_frame(const std::vector<int64_t>& times, const Binning& binning,
                int64_t timesteps) {
  Frame frames = bin_events(at_origin(times), {1, 1}, binning, timesteps);
  Frame counts;
  for (size_t i = 0; i < frames.size(); i += 2) {
    counts.push_back(frames[i] + frames[i + 1]);
  }
  return counts;
}

TEST_CASE("a frame counts events by polarity, row and column") {
  Events events = {{0, 1, 0, false}, {1, 1, 0, false}, {2, 0, 0, true}};
  CHECK(bin_events(events, kSmall, {}, 1) == Frame{0, 2, 1, 0});
  CHECK(bin_events(events, kSmall, {.clip = true}, 1) == Frame{0, 1, 1, 0});
  CHECK(bin_events(events, kSmall, {}, 3) == Frame{0, 1, 0, 0,  //
                                                   0, 1, 0, 0,  //
                                                   0, 0, 1, 0});
}

TEST_CASE("equal parts of a recording are those of the formula") {
  CHECK(per_frame({10, 11, 12, 13, 14, 15}, {}, 3) == Frame{2, 2, 2});
  CHECK(per_frame({10, 11, 12, 13, 14}, {}, 2) == Frame{3, 2});
  CHECK(per_frame({10, 10, 10}, {}, 2) == Frame{3, 0});
  CHECK(per_frame({}, {}, 2) == Frame{0, 0});
  CHECK(per_frame({-(int64_t{1} << 40), 0, int64_t{1} << 40}, {}, 4) ==
        Frame{1, 1, 0, 1});
}

TEST_CASE("frames of a window leave out what comes behind the last") {
  CHECK(per_frame({100, 109, 110, 119, 120, 999}, {.window = 10}, 2) ==
        Frame{2, 2});
  CHECK(per_frame({100, 135}, {.window = 10}, 5) == Frame{1, 0, 0, 1, 0});
}

TEST_CASE("a crop and a factor make the sensor smaller") {
  Binning binning = {.crop = Crop{1, 2, 4, 2}, .shrink = 2};
  CHECK(frame_shape({6, 5}, binning) == Shape{2, 1, 2});
  Events events = {{0, 0, 2, true}, {0, 1, 2, true}, {0, 2, 3, true},
                   {0, 3, 3, true}, {0, 4, 4, true}, {0, 5, 3, true}};
  CHECK(bin_events(events, {6, 5}, binning, 1) == Frame{0, 0, 2, 1});
}

TEST_CASE("time is that of the whole recording, also where it is cropped") {
  Events events = {{0, 0, 0, true}, {5, 1, 0, true}, {9, 0, 0, true}};
  Binning binning = {.crop = Crop{1, 0, 1, 1}};
  CHECK(bin_events(events, kSmall, binning, 2) == Frame{0, 0, 0, 1});
}

TEST_CASE("binning that the sensor does not allow is refused") {
  auto fails = [](const Binning& binning, const std::string& text) {
    CHECK_THROWS_WITH(frame_shape({6, 4}, binning), Contains(text));
  };
  fails({.crop = Crop{3, 0, 4, 4}}, "crop within the sensor of 6 x 4");
  fails({.crop = Crop{-1, 0, 4, 4}}, "found -1:0:4:4");
  fails({.crop = Crop{0, 0, 0, 4}}, "found 0:0:0:4");
  fails({.shrink = 4}, "expected shrink to divide 6 x 4, found 4");
  fails({.shrink = 0}, "found 0");
  fails({.window = -1}, "window above 0 microseconds");
  CHECK_THROWS_WITH(bin_events({{0, 6, 0, true}}, {6, 4}, {}, 1),
                    Contains("a sensor of 6 x 4, found one at (6, 0)"));
  CHECK_THROWS_WITH(per_frame({0, int64_t{1} << 61}, {}, 4),
                    Contains("less than 2^62 / T microseconds"));
  CHECK_THROWS_WITH(bin_events({}, {32768, 32768}, {}, 2),
                    Contains("at most 2^31 elements"));
}

TEST_CASE("a stream of frames gives what binning by a window gives") {
  std::mt19937_64 random(1);
  Events events;
  int64_t time = 77;
  for (int i = 0; i < 500; ++i) {
    time += static_cast<int64_t>(random() % 40) * (i % 50 == 0 ? 30 : 1);
    events.push_back({time, static_cast<int32_t>(random() % 6),
                      static_cast<int32_t>(random() % 4), random() % 2 == 0});
  }
  Binning binning = {.window = 100, .shrink = 2};
  int64_t steps = (time - events.front().microseconds) / 100 + 1;
  Frame expected = bin_events(events, {6, 4}, binning, steps);
  std::istringstream text(test::text_lines(events));
  EventReader reader = open_events(text, "recording");
  FrameStream stream(reader, {6, 4}, binning);
  Frame all;
  for (Frame frame; stream.next(frame);) {
    all.insert(all.end(), frame.begin(), frame.end());
  }
  CHECK(all == expected);
  CHECK(std::accumulate(all.begin(), all.end(), 0.0f) == 500);
}

TEST_CASE("a frame is complete as soon as an event behind it arrives") {
  std::stringstream pipe;
  pipe << "0 0 0 1\n9 0 0 1\n10 0 0 1\n";
  EventReader reader = open_events(pipe, "pipe");
  FrameStream stream(reader, {1, 1}, {.window = 10});
  Frame frame;
  REQUIRE(stream.next(frame));
  CHECK(frame == Frame{0, 2});
  pipe << "35 0 0 0\n";
  REQUIRE(stream.next(frame));
  CHECK(frame == Frame{0, 1});
  REQUIRE(stream.next(frame));
  CHECK(frame == Frame{0, 0});
  REQUIRE(stream.next(frame));
  CHECK(frame == Frame{1, 0});
  CHECK_FALSE(stream.next(frame));
}

}  // namespace
}  // namespace nc
