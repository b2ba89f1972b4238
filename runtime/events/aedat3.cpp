// AEDAT 3.1, as cAER and libcaer write it, in the format RAW. Header lines
// begin with '#', the last is "#!END-HEADER". Then come packets of one kind
// of event each; all numbers are little-endian. A packet's header is 28 bytes:
//
//   0 type (1: polarity)   2 source    4 bytes of an event
//   8 offset of the time in an event  12 how often the times' 31 bits
//   overflowed
//  16 room for events     20 events   24 valid events
//
// and a polarity event 8: a word with bit 0 valid, 1 polarity, 2-16 y, 17-31
// x, then the time in microseconds. Other packets and events that are not
// valid are passed over. Row 0 is the top of the picture.
// (https://docs.inivation.com, "AEDAT 3.1")
#include <array>
#include <optional>

#include "runtime/events/chips.h"
#include "runtime/events/formats.h"
#include "runtime/events/numbers.h"

namespace nc {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{1} << 31;  // of a packet
constexpr uint64_t kRecordSize = 8;
constexpr uint64_t kTimeOffset = 4;

// The sensor, where the chip of the only source is known.
std::optional<SensorSize> read_aedat3_header(ByteSource& source) {
  std::optional<SensorSize> sensor;
  int sources = 0;
  for (;;) {
    if (source.at_end()) source.fail("ends within the header");
    std::string line = source.line();
    if (!line.starts_with('#')) {
      source.fail("expected a header line or #!END-HEADER, found other data");
    }
    if (line == "#!END-HEADER") break;
    if (line.starts_with("#Format:") && line != "#Format: RAW") {
      source.fail("expected '#Format: RAW', found '" + line + "'");
    }
    if (!line.starts_with("#Source ")) continue;
    auto chip = chip_named(line);
    if (chip) sensor = chip->sensor;
    ++sources;
  }
  return sources == 1 ? sensor : std::nullopt;
}

class Aedat3 {
 public:
  explicit Aedat3(ByteSource& source) : source_(&source) {}

  bool operator()(Event& event) {
    std::array<uint8_t, kRecordSize> record;
    for (;;) {
      while (left_ == 0) {
        if (!open_packet()) return false;
      }
      --left_;
      if (!source_->read(record.data(), record.size())) {
        source_->fail("expected " + std::to_string(left_ + 1) +
                      " events more in the packet, found the end");
      }
      if (decode(record, event)) return true;
    }
  }

 private:
  // False at the end; leaves left_ = 0 for what is not of polarity events.
  bool open_packet() {
    std::array<uint8_t, 28> header;
    if (!source_->read(header.data(), header.size())) return false;
    uint64_t type = little_endian(header, 0, 2);
    uint64_t size = little_endian(header, 4, 4);
    uint64_t count = little_endian(header, 20, 4);
    if (size >= kMaxBytes || count >= kMaxBytes || size * count > kMaxBytes) {
      source_->fail("expected a packet below 2^31 bytes, found " +
                    std::to_string(count) + " events of " +
                    std::to_string(size) + " bytes");
    }
    if (type == 1) {
      open_polarity(header, size, count);
    } else if (type < 128) {
      source_->skip(size * count);
    } else {
      source_->fail("expected a type of events below 128, found " +
                    std::to_string(type));
    }
    return true;
  }

  void open_polarity(const std::array<uint8_t, 28>& header, uint64_t size,
                     uint64_t count) {
    uint64_t offset = little_endian(header, 8, 4);
    if (size != kRecordSize || offset != kTimeOffset) {
      source_->fail(
          "expected polarity events of 8 bytes with the time at 4, "
          "found " +
          std::to_string(size) + " and " + std::to_string(offset));
    }
    uint64_t camera = little_endian(header, 2, 2);
    if (camera_.value_or(camera) != camera) {
      source_->fail("expected events of one source, found those of " +
                    std::to_string(*camera_) + " and " +
                    std::to_string(camera));
    }
    camera_ = camera;
    overflows_ = little_endian(header, 12, 4);
    left_ = count;
  }

  bool decode(const std::array<uint8_t, kRecordSize>& record, Event& event) {
    uint64_t word = little_endian(record, 0, 4);
    uint64_t time = little_endian(record, kTimeOffset, 4);
    if ((word & 1) == 0) return false;
    if (time >> 31 != 0) source_->fail("expected a time of at least 0");
    event.microseconds = static_cast<int64_t>(overflows_ << 31 | time);
    event.polarity = (word >> 1 & 1) != 0;
    event.y = static_cast<int32_t>(word >> 2 & 0x7fff);
    event.x = static_cast<int32_t>(word >> 17 & 0x7fff);
    return true;
  }

  ByteSource* source_;
  std::optional<uint64_t> camera_;
  uint64_t overflows_ = 0;
  uint64_t left_ = 0;
};

}  // namespace

Decoder decode_aedat3(ByteSource& source) {
  auto sensor = read_aedat3_header(source);
  return {sensor, Aedat3(source)};
}

}  // namespace nc
