// An option's word as one of an enumeration's names.
#pragma once

#include <string>

#include "ir/error.h"
#include "ir/fields.h"

namespace nc {

// Throws Error that lists what is expected.
template <class Enum>
Enum choice(const std::string& option, const std::string& text) {
  if (auto found = enum_from<Enum>(text)) return *found;
  std::string expected;
  for (const char* name : Names<Enum>::names) {
    expected += (expected.empty() ? "" : ", ") + std::string(name);
  }
  throw Error(option + ": expected one of " + expected + ", found '" + text +
              "'");
}

}  // namespace nc
