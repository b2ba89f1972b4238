// Verilog with gaps, "@bits@", and what fills them; "@@" is "@".
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace nc {

using Gaps = std::map<std::string, std::string>;

// Throws std::logic_error for a gap that nothing fills.
std::string filled(const std::string& text, const Gaps& gaps);

// "[BITS-1:0]"
std::string bit_range(int64_t bits);

}  // namespace nc
