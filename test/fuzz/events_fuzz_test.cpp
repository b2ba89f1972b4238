// Recordings that were cut short or damaged: a reader gives events or an
// Error, and neither crashes, nor hangs, nor takes memory without end. Seeds
// are fixed.
#include <catch2/catch.hpp>
#include <random>
#include <sstream>

#include "ir/error.h"
#include "runtime/events/reader.h"
#include "test/support/recordings.h"

namespace nc {
namespace {

using Random = std::mt19937_64;

test::Events some_events(size_t count) {
  test::Events events;
  Random random(1);
  int64_t time = 1000;
  for (size_t i = 0; i < count; ++i) {
    time += static_cast<int64_t>(random() % 100);
    events.push_back({time, static_cast<int32_t>(random() % 34),
                      static_cast<int32_t>(random() % 34), random() % 2 == 0});
  }
  return events;
}

struct Recording {
  EventFormat format;
  std::string bytes;
};

std::vector<Recording> recordings() {
  test::Events events = some_events(40);
  std::string davis = "#!AER-DAT2.0\r\n# AEChip: a.Davis346\r\n";
  std::vector<Recording> all = {
      {EventFormat::aedat2, test::dvs128_bytes(events, "#!AER-DAT2.0\n")},
      {EventFormat::aedat2, test::davis_bytes(events, davis)},
      {EventFormat::aedat3, test::aedat3_header() +
                                test::aedat3_packet(events, 0, 3) +
                                test::aedat3_packet(events)},
      {EventFormat::dat, test::dat_bytes(events,
                                         "% Version 2\n% Width 34\n"
                                         "% Height 34\n")},
      {EventFormat::nmnist, test::nmnist_bytes(events)},
      {EventFormat::text, test::text_lines(events)}};
  for (int compression : {0, 1, 3}) {
    for (bool more : {false, true}) {
      all.push_back({EventFormat::aedat4,
                     test::aedat4_bytes({events}, {.compression = compression,
                                                   .with_table = more,
                                                   .with_others = more})});
    }
  }
  return all;
}

// Whether the bytes were read to the end. No more events can come out than
// bytes go in, but for compressed packets, which are bounded otherwise.
bool is_read(const std::string& bytes, EventFormat format) {
  std::istringstream stream(bytes);
  try {
    EventReader reader = open_events(stream, "recording", format);
    test::Events events;
    while (reader.read(events, 1000) == 1000) events.clear();
    return true;
  } catch (const Error& error) {
    CHECK(std::string(error.what()).starts_with("recording: "));
    return false;
  }
}

std::string changed(std::string bytes, Random& random) {
  for (size_t n = 1 + random() % 4; n > 0; --n) {
    size_t at = random() % bytes.size();
    switch (random() % 4) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:  // a number of 32 bits
        for (size_t i = at; i < std::min(at + 4, bytes.size()); ++i) {
          bytes[i] = static_cast<char>(random() % 2 == 0 ? 0xff : random());
        }
        break;
      default:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
    }
  }
  return bytes;
}

TEST_CASE("a damaged recording gives events or an error") {
  Random random(2);
  for (const Recording& recording : recordings()) {
    REQUIRE(is_read(recording.bytes, recording.format));
    int errors = 0;
    for (int i = 0; i < 1500; ++i) {
      errors += !is_read(changed(recording.bytes, random), recording.format);
    }
    CHECK(errors > 100);
  }
}

TEST_CASE("a recording with one byte changed gives events or an error") {
  for (const Recording& recording : recordings()) {
    for (size_t at = 0; at < recording.bytes.size(); ++at) {
      for (unsigned value : {0x00u, 0x01u, 0x7fu, 0x80u, 0xffu}) {
        std::string bytes = recording.bytes;
        bytes[at] = static_cast<char>(value);
        is_read(bytes, recording.format);
      }
    }
  }
}

TEST_CASE("a recording cut short gives fewer events or an error") {
  for (const Recording& recording : recordings()) {
    for (size_t size = 0; size < recording.bytes.size(); ++size) {
      is_read(recording.bytes.substr(0, size), recording.format);
    }
  }
}

TEST_CASE("one format read as another gives events or an error") {
  for (const Recording& recording : recordings()) {
    for (size_t i = 0; i < Names<EventFormat>::names.size(); ++i) {
      is_read(recording.bytes, static_cast<EventFormat>(i));
    }
  }
}

TEST_CASE("noise gives events or an error") {
  Random random(3);
  for (int i = 0; i < 3000; ++i) {
    std::string noise(random() % 200, '\0');
    for (char& each : noise) each = static_cast<char>(random());
    is_read(noise, static_cast<EventFormat>(random() % 6));
  }
}

}  // namespace
}  // namespace nc
