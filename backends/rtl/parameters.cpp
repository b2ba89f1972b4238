#include "backends/rtl/parameters.h"

#include <algorithm>

#include "backends/hls/types.h"

namespace nc {
namespace {

// How snn_times reads a value.
int64_t code_of(const RtlValue& value) {
  switch (value.kind) {
    case RtlValue::one:
      return 0;
    case RtlValue::sign:
      return 1;
    case RtlValue::number:
      return 2;
    case RtlValue::natural:
      return 3;
  }
  return 2;
}

}  // namespace

void number(RtlInstance& instance, const std::string& key, int64_t value) {
  instance.parameters.emplace_back(key, std::to_string(value));
}

void add_source(RtlInstance& instance, const RtlStream& from) {
  number(instance, "C_BITS", from.image.c_bits());
  number(instance, "Y_BITS", from.image.y_bits());
  number(instance, "X_BITS", from.image.x_bits());
  number(instance, "VALUES", code_of(from.value));
  number(instance, "VALUE_BITS", from.value.bits);
}

void add_layout(RtlInstance& instance, const RtlLayout& layout) {
  number(instance, "LANES", layout.lanes);
  number(instance, "ROW_BITS", layout.row_bits());
  number(instance, "BITS", layout.bits);
}

int64_t signed_bits(const std::vector<int64_t>& values) {
  return std::max(2, bits_for(range_of(values)));
}

double multiplier_luts(const RtlValue& value, int64_t bits) {
  if (value.kind == RtlValue::one) return 0;
  if (value.kind == RtlValue::sign) return static_cast<double>(2 * bits);
  return static_cast<double>(2 * bits * value.bits);
}

}  // namespace nc
