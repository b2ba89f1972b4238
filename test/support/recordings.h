// Event recordings made byte by byte, as the formats' documents say, for the
// tests of their readers.
#pragma once

#include <string>
#include <vector>

#include "runtime/events/event.h"

namespace nc::test {

using Events = std::vector<Event>;

std::string nmnist_bytes(const Events& events);
std::string dat_bytes(const Events& events, const std::string& header);
std::string text_lines(const Events& events);

// AEDAT 2: the header's lines, and addresses of a DVS128 or a DAVIS.
std::string dvs128_bytes(const Events& events, const std::string& header);
std::string davis_bytes(const Events& events, const std::string& header);

// AEDAT 3.1: one packet of polarity events, its times after `overflows`
// overflows of 31 bits; all events valid.
std::string aedat3_header(const std::string& source = "DVS128");
std::string aedat3_packet(const Events& events, uint32_t overflows = 0,
                          uint32_t type = 1);

// AEDAT 4 with one packet for each list of events, as stream 0.
struct Aedat4Options {
  int compression = 0;       // as in the header: 0 none, 1 LZ4, 3 ZSTD
  bool with_table = false;   // says where packets end, and writes more there
  bool with_others = false;  // packets of another stream between
  SensorSize sensor = {346, 260};
};
std::string aedat4_bytes(const std::vector<Events>& packets,
                         const Aedat4Options& options = {});

std::string little_endian_bytes(uint64_t number, size_t size);
std::string big_endian_bytes(uint64_t number, size_t size);

}  // namespace nc::test
