#include "test/support/recordings.h"

#include <lz4frame.h>
#include <zstd.h>

#include <algorithm>

namespace nc::test {
namespace {

constexpr auto kMagic = "#!AER-DAT4.0\r\n";

uint64_t bits(const auto& number) { return static_cast<uint64_t>(number); }

std::string aedat2_bytes(const Events& events, const std::string& header,
                         const auto& address) {
  std::string bytes = header;
  for (const Event& each : events) {
    bytes += big_endian_bytes(address(each), 4);
    bytes += big_endian_bytes(bits(each.microseconds), 4);
  }
  return bytes;
}

std::string with_size(const std::string& bytes) {
  return little_endian_bytes(bytes.size(), 4) + bytes;
}

// A FlatBuffer whose root table has the fields of IOHeader, at 4, 8 and 16.
std::string header_buffer(int compression, int64_t table,
                          const std::string& xml) {
  std::string bytes = little_endian_bytes(20, 4) + "IOHE";
  for (uint64_t entry : {10, 20, 4, 8, 16}) {
    bytes += little_endian_bytes(entry, 2);
  }
  bytes += little_endian_bytes(0, 2);   // to a multiple of 4
  bytes += little_endian_bytes(12, 4);  // back to the vtable, at 8
  bytes += little_endian_bytes(bits(compression), 4);
  bytes += little_endian_bytes(bits(table), 8);
  bytes += little_endian_bytes(4, 4);  // the text follows
  return bytes + with_size(xml);
}

std::string event_buffer(const Events& events) {
  std::string bytes = little_endian_bytes(16, 4) + "EVTS";
  for (uint64_t entry : {6, 8, 4}) bytes += little_endian_bytes(entry, 2);
  bytes += little_endian_bytes(0, 2);
  bytes += little_endian_bytes(8, 4);
  bytes += little_endian_bytes(4, 4);
  bytes += little_endian_bytes(events.size(), 4);
  for (const Event& each : events) {
    bytes += little_endian_bytes(bits(each.microseconds), 8);
    bytes += little_endian_bytes(bits(each.x), 2);
    bytes += little_endian_bytes(bits(each.y), 2);
    bytes += little_endian_bytes(each.polarity, 4);
  }
  return bytes;
}

std::string stream_xml(const std::string& id, const std::string& type,
                       const SensorSize& sensor) {
  return "<node name=\"" + id + "\" path=\"/" + id + "/\">" +
         "<attr key=\"typeIdentifier\" type=\"string\">" + type + "</attr>" +
         "<node name=\"info\"><attr key=\"sizeX\" type=\"int\">" +
         std::to_string(sensor.width) + "</attr><attr key=\"sizeY\">" +
         std::to_string(sensor.height) + "</attr></node></node>";
}

std::string compressed(const std::string& bytes, int compression) {
  if (compression == 0) return bytes;
  bool lz4 = compression < 3;
  std::string out(lz4 ? LZ4F_compressFrameBound(bytes.size(), nullptr)
                      : ZSTD_compressBound(bytes.size()),
                  '\0');
  out.resize(lz4 ? LZ4F_compressFrame(out.data(), out.size(), bytes.data(),
                                      bytes.size(), nullptr)
                 : ZSTD_compress(out.data(), out.size(), bytes.data(),
                                 bytes.size(), 3));
  return out;
}

std::string packet(uint64_t stream, const std::string& bytes) {
  return little_endian_bytes(stream, 4) + with_size(bytes);
}

}  // namespace

std::string little_endian_bytes(uint64_t number, size_t size) {
  std::string bytes;
  for (size_t i = 0; i < size; ++i) {
    bytes += static_cast<char>(number >> (8 * i) & 255);
  }
  return bytes;
}

std::string big_endian_bytes(uint64_t number, size_t size) {
  std::string bytes = little_endian_bytes(number, size);
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

std::string nmnist_bytes(const Events& events) {
  std::string bytes;
  for (const Event& each : events) {
    bytes += static_cast<char>(each.x);
    bytes += static_cast<char>(each.y);
    uint64_t polarity = each.polarity ? 1u << 23 : 0;
    bytes += big_endian_bytes(polarity | bits(each.microseconds), 3);
  }
  return bytes;
}

std::string dat_bytes(const Events& events, const std::string& header) {
  std::string bytes = header + std::string("\0\x08", 2);
  for (const Event& each : events) {
    bytes += little_endian_bytes(bits(each.microseconds), 4);
    bytes += little_endian_bytes(
        bits(each.x) | bits(each.y) << 14 | bits(each.polarity) << 28, 4);
  }
  return bytes;
}

std::string text_lines(const Events& events) {
  std::string text;
  for (const Event& each : events) {
    text += std::to_string(each.microseconds) + " " + std::to_string(each.x) +
            " " + std::to_string(each.y) + (each.polarity ? " 1\n" : " 0\n");
  }
  return text;
}

std::string dvs128_bytes(const Events& events, const std::string& header) {
  return aedat2_bytes(events, header, [](const Event& each) {
    return bits(each.polarity) | bits(each.x) << 1 | bits(each.y) << 8;
  });
}

std::string davis_bytes(const Events& events, const std::string& header) {
  return aedat2_bytes(events, header, [](const Event& each) {
    return bits(each.polarity) << 11 | bits(each.x) << 12 | bits(each.y) << 22;
  });
}

std::string aedat3_header(const std::string& source) {
  return "#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 1: " + source +
         "\r\n#Start-Time: 2020-01-01 00:00:00 (TZ+0000)\r\n"
         "#!END-HEADER\r\n";
}

std::string aedat3_packet(const Events& events, uint32_t overflows,
                          uint32_t type) {
  std::string bytes = little_endian_bytes(type, 2) + little_endian_bytes(1, 2);
  for (uint64_t number : {uint64_t{8}, uint64_t{4}, uint64_t{overflows}}) {
    bytes += little_endian_bytes(number, 4);
  }
  for (int i = 0; i < 3; ++i) bytes += little_endian_bytes(events.size(), 4);
  for (const Event& each : events) {
    bytes += little_endian_bytes(
        1 | bits(each.polarity) << 1 | bits(each.y) << 2 | bits(each.x) << 17,
        4);
    bytes += little_endian_bytes(bits(each.microseconds), 4);
  }
  return bytes;
}

std::string aedat4_bytes(const std::vector<Events>& packets,
                         const Aedat4Options& options) {
  std::string xml =
      "<dv version=\"2.0\"><node name=\"outInfo\" path=\"/outInfo/\">" +
      stream_xml("0", "EVTS", options.sensor) +
      stream_xml("7", "FRME", {2, 2}) + "</node></dv>";
  std::string body;
  for (const Events& each : packets) {
    if (options.with_others) body += packet(7, "not decompressed");
    body += packet(
        0, compressed(with_size(event_buffer(each)), options.compression));
  }
  auto header = [&](int64_t table) {
    return kMagic + with_size(header_buffer(options.compression, table, xml));
  };
  if (!options.with_table) return header(-1) + body;
  auto table = static_cast<int64_t>(header(0).size() + body.size());
  return header(table) + body + "a table of packets";
}

}  // namespace nc::test
