// Prophesee's .dat, version 2: lines of text that begin with "% ", a byte for
// the type of event (0 or 12: a pixel's change) and one for its size (8); then
// two 32-bit little-endian numbers an event: the time in microseconds, and a
// word with x in bits 0-13, y in 14-27 and the polarity in 28-31.
// (https://docs.prophesee.ai, "DAT File Format")
#include <array>
#include <charconv>

#include "runtime/events/formats.h"
#include "runtime/events/numbers.h"

namespace nc {
namespace {

constexpr size_t kRecord = 8;
constexpr int32_t kMaxSide = 1 << 14;

// The number behind "% WORD ", 0 for other lines.
int32_t number_after(const char* word, const std::string& line,
                     const ByteSource& source) {
  std::string start = std::string("% ") + word + " ";
  if (!line.starts_with(start)) return 0;
  int32_t number = 0;
  const char* end = line.data() + line.size();
  auto [stop, code] = std::from_chars(line.data() + start.size(), end, number);
  if (code == std::errc() && number > 0 && number <= kMaxSide) return number;
  source.fail("expected a number from 1 to 16384, found '" + line + "'");
}

std::optional<SensorSize> read_dat_header(ByteSource& source) {
  SensorSize size;
  int32_t version = 0;
  while (source.peek(1) == "%") {
    std::string line = source.line();
    if (int32_t n = number_after("Version", line, source)) version = n;
    if (int32_t n = number_after("Width", line, source)) size.width = n;
    if (int32_t n = number_after("Height", line, source)) size.height = n;
  }
  if (version != 2) {
    source.fail("expected a .dat file of version 2, found " +
                (version == 0 ? "none" : std::to_string(version)));
  }
  if (size.width == 0 || size.height == 0) return std::nullopt;
  return size;
}

void check_type(ByteSource& source) {
  std::array<uint8_t, 2> type;
  if (!source.read(type.data(), type.size())) {
    source.fail("expected the type of events, found the end");
  }
  bool known = (type[0] == 0 || type[0] == 12) && type[1] == kRecord;
  if (known) return;
  source.fail("expected events of type 0 or 12 and size 8, found type " +
              std::to_string(type[0]) + " and size " + std::to_string(type[1]));
}

}  // namespace

Decoder decode_dat(ByteSource& source) {
  auto sensor = read_dat_header(source);
  check_type(source);
  return {sensor, [&source, clock = Clock32()](Event& event) mutable {
            std::array<uint8_t, kRecord> record;
            if (!source.read(record.data(), record.size())) return false;
            uint64_t word = little_endian(record, 4, 4);
            if (word >> 28 > 1) {
              source.fail("expected a polarity of 0 or 1, found " +
                          std::to_string(word >> 28));
            }
            event.microseconds = clock.continued(
                static_cast<uint32_t>(little_endian(record, 0, 4)));
            event.x = static_cast<int32_t>(word & 0x3fff);
            event.y = static_cast<int32_t>(word >> 14 & 0x3fff);
            event.polarity = word >> 28 == 1;
            return true;
          }};
}

}  // namespace nc
