// What the modules of a row of weights share: parameters, and their cost.
#pragma once

#include <string>
#include <vector>

#include "backends/rtl/planner.h"

namespace nc {

void number(RtlInstance& instance, const std::string& key, int64_t value);
void add_source(RtlInstance& instance, const RtlStream& from);
void add_layout(RtlInstance& instance, const RtlLayout& layout);

int64_t signed_bits(const std::vector<int64_t>& values);

// Of one lane that multiplies a value with a weight of `bits`.
double multiplier_luts(const RtlValue& value, int64_t bits);

}  // namespace nc
