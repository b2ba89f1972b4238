// What the CPU engine asks of a graph, beyond what every engine does: sums,
// membranes and counts that its 32-bit integers hold.
#pragma once

#include <string>
#include <vector>

#include "ir/error.h"
#include "ir/graph.h"
#include "ir/widths.h"

namespace nc {

// Throws Error for the first node that the engine cannot run; `widths` are
// those of the graph.
void require_runnable(const Graph& graph, const std::vector<Width>& widths);

// What to throw for a node whose `what` needs more bits than the engine has.
Error too_wide(const Node& node, const std::string& what, int bits, int most);

}  // namespace nc
