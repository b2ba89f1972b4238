// Integer types of the generated hardware, from bounds.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "ir/saturate.h"
#include "ir/widths.h"

namespace nc {

// ap_int<bits> or ap_uint<bits>.
struct HlsType {
  int bits = 1;
  bool is_signed = false;
};

// The smallest type that holds the interval.
HlsType hls_type(const Interval& interval);

std::string type_name(const HlsType& type);   // "ap_int<8>"
std::string table_name(const HlsType& type);  // "snn::rom_int<8>"

inline Interval with_zero(const Interval& a) {
  return {std::min<int64_t>(a.low, 0), std::max<int64_t>(a.high, 0)};
}

inline Interval sum_of(const Interval& a, const Interval& b) {
  return {saturating_add(a.low, b.low), saturating_add(a.high, b.high)};
}

inline Interval hull_of(const Interval& a, const Interval& b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

Interval range_of(const std::vector<int64_t>& values);  // {0, 0} for none

}  // namespace nc
