// What differs between two graphs, one line per difference: settings of the
// run, nodes, their fields and edges, and the history. Empty when the graphs
// are the same in everything that a file holds.
#pragma once

#include <string>
#include <vector>

#include "ir/graph.h"

namespace nc {

std::vector<std::string> diff(const Graph& a, const Graph& b);

}  // namespace nc
