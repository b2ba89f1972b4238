// A spiking graph as a NIR graph, written so that a certain consumer gives the
// same spikes. README.md says what stands in the file.
#pragma once

#include <string>
#include <vector>

#include "backends/nir/profile.h"
#include "backends/nir/tree.h"
#include "ir/graph.h"

namespace nc::nir {

struct Exported {
  NirGraph graph;
  // What a reader that does not know our metadata, or the profile's consumer
  // without our loader, does otherwise.
  std::vector<std::string> losses;
};

// Throws Error when the graph does not spike, and for what the profile cannot
// say exactly: every such node by name.
Exported export_graph(const Graph& graph, Profile profile);

}  // namespace nc::nir
