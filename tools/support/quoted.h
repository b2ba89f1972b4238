// Words as a shell reads them.
#pragma once

#include <string>
#include <vector>

namespace nc {

// A command line that a shell reads back as the same words, on one line.
std::string quoted(const std::vector<std::string>& words);

}  // namespace nc
