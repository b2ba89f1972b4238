#include "backends/rtl/template.h"

#include <stdexcept>

namespace nc {

std::string filled(const std::string& text, const Gaps& gaps) {
  std::string whole;
  size_t at = 0;
  for (size_t start = text.find('@'); start != std::string::npos;
       start = text.find('@', at)) {
    size_t end = text.find('@', start + 1);
    std::string name = text.substr(start + 1, end - start - 1);
    whole += text.substr(at, start - at);
    at = end + 1;
    if (name.empty()) whole += '@';
    if (name.empty()) continue;
    auto found = gaps.find(name);
    if (found == gaps.end()) throw std::logic_error("no text for @" + name);
    whole += found->second;
  }
  return whole + text.substr(at);
}

std::string bit_range(int64_t bits) {
  return "[" + std::to_string(bits - 1) + ":0]";
}

}  // namespace nc
