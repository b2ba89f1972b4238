// AEDAT 2.0, as jAER writes it. Lines that begin with '#' are the header; then
// come pairs of 32-bit big-endian numbers, an address and a time in
// microseconds. What an address means depends on the chip that the header
// line "# AEChip: ..." names (none: a DVS128). Bits, 0 the lowest:
//
//   DVS128  0 polarity, 1-7 x, 8-14 y, 15 an external event
//   DAVIS   11 polarity, 12-21 x, 22-30 y; 10 an external event;
//           31 a sample of the frame or of the inertial sensor
//
// External events and samples are passed over. x and y are handed on as they
// stand in the file; row 0 is the bottom of the picture.
// (https://docs.inivation.com, "AEDAT 2.0"; AedatTools)
#include <algorithm>
#include <array>

#include "runtime/events/chips.h"
#include "runtime/events/formats.h"
#include "runtime/events/numbers.h"

namespace nc {
namespace {

constexpr size_t kRecord = 8;

uint32_t bits(uint32_t address, int first, int count) {
  return address >> first & ((1u << count) - 1);
}

// An event may begin with the byte '#' too, but holds bytes that no text has.
bool at_header_line(ByteSource& source) {
  std::string_view ahead = source.peek(kRecord);
  if (!ahead.starts_with('#')) return false;
  ahead = ahead.substr(0, ahead.find('\n'));
  return std::none_of(ahead.begin(), ahead.end(), [](char each) {
    return (each >= 0 && each < 32 && each != '\t' && each != '\r') ||
           each == 127;
  });
}

Chip read_aedat2_header(ByteSource& source) {
  constexpr auto kChipLine = "# AEChip:";
  Chip chip = *chip_named("dvs128");
  while (at_header_line(source)) {
    std::string line = source.line();
    if (line.find("End Of ASCII Header") != std::string::npos) break;
    if (!line.starts_with(kChipLine)) continue;
    if (auto named = chip_named(line)) {
      chip = *named;
    } else {
      source.fail(
          "expected the chip DVS128 or one of the DAVIS family, found '" +
          line + "'");
    }
  }
  return chip;
}

class Aedat2 {
 public:
  Aedat2(ByteSource& source, const Chip& chip)
      : source_(&source), chip_(chip) {}

  bool operator()(Event& event) {
    std::array<uint8_t, kRecord> record;
    while (source_->read(record.data(), record.size())) {
      auto address = static_cast<uint32_t>(big_endian(record, 0, 4));
      auto time = static_cast<uint32_t>(big_endian(record, 4, 4));
      if (!(chip_.is_davis ? davis(address, event) : dvs128(address, event))) {
        continue;
      }
      event.microseconds = clock_.continued(time);
      return true;
    }
    return false;
  }

 private:
  static bool davis(uint32_t address, Event& event) {
    event.x = static_cast<int32_t>(bits(address, 12, 10));
    event.y = static_cast<int32_t>(bits(address, 22, 9));
    event.polarity = bits(address, 11, 1) != 0;
    return bits(address, 31, 1) == 0 && bits(address, 10, 1) == 0;
  }

  bool dvs128(uint32_t address, Event& event) const {
    if (bits(address, 16, 16) != 0) {
      source_->fail("expected an address of a DVS128, of 16 bits, found " +
                    std::to_string(address) +
                    "; other chips need a header line '# AEChip: ...'");
    }
    event.x = static_cast<int32_t>(bits(address, 1, 7));
    event.y = static_cast<int32_t>(bits(address, 8, 7));
    event.polarity = bits(address, 0, 1) != 0;
    return bits(address, 15, 1) == 0;
  }

  ByteSource* source_;
  Chip chip_;
  Clock32 clock_;
};

}  // namespace

Decoder decode_aedat2(ByteSource& source) {
  Chip chip = read_aedat2_header(source);
  return {chip.sensor, Aedat2(source, chip)};
}

}  // namespace nc
