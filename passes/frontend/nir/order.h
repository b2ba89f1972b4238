// In which order the nodes of a NIR graph are computed, and which of its edges
// carry the value of the step before.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "passes/frontend/nir/graph.h"

namespace nc::frontend::nir {

struct Order {
  std::vector<size_t> nodes;                // those that lead to the sink
  std::vector<std::vector<bool>> feedback;  // per node, per input
};

// `known`: the edges, by the names of their nodes, that are known to carry the
// value of the step before. Others are found where loops remain (passes/nir.h).
// Throws Error for a node that nothing leads to.
Order order_of(const NirGraph& graph, size_t sink,
               const std::set<std::pair<std::string, std::string>>& known);

}  // namespace nc::frontend::nir
