#include "backends/hls/types.h"

namespace nc {

HlsType hls_type(const Interval& interval) {
  int bits = bits_for(interval);
  if (interval.low < 0) return {bits, true};
  return {std::max(bits - 1, 1), false};
}

std::string type_name(const HlsType& type) {
  return std::string("ap_") + (type.is_signed ? "" : "u") + "int<" +
         std::to_string(type.bits) + ">";
}

std::string table_name(const HlsType& type) {
  return std::string("snn::rom_") + (type.is_signed ? "" : "u") + "int<" +
         std::to_string(type.bits) + ">";
}

Interval range_of(const std::vector<int64_t>& values) {
  if (values.empty()) return {0, 0};
  auto [low, high] = std::minmax_element(values.begin(), values.end());
  return {*low, *high};
}

}  // namespace nc
