// The one exception type: something a user can fix.
//
// Its text is a single line that names the file, then the node, then what was
// expected and what was found. Libraries throw it and never print; the frame
// of the tools (tools/support/main.h) catches it, prints it and exits with 1.
#pragma once

#include <stdexcept>
#include <string>

namespace nc {

class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : std::runtime_error(message) {}

  // The same error, told as being about `place` (a file name or a node).
  Error in(const std::string& place) const {
    return Error(place + ": " + what());
  }
};

}  // namespace nc
