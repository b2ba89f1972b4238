// Names of nodes as names in C++ and of files.
#pragma once

#include <string>
#include <vector>

#include "ir/graph.h"

namespace nc {

// One per node: its name with '_' for what C++ does not know, at most 64
// characters, no two the same. What is generated appends a word to them
// ("fc1_weight"), so that none is a keyword.
std::vector<std::string> hls_names(const Graph& graph);

}  // namespace nc
