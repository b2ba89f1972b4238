// Runs passes in a row: the graph is verified before and after each one, and
// a pass that breaks it is named.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace nc {

struct Pass {
  std::string name;  // "fold-batchnorm"
  std::function<Graph(Graph)> apply;
};

// `observer`, if any, is told each pass's name and its result.
using Observer = std::function<void(const std::string&, const Graph&)>;

Graph run_passes(Graph graph, const std::vector<Pass>& passes,
                 const Observer& observer = {});

}  // namespace nc
