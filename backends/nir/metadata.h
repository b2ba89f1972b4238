// What NIR cannot say of a graph, for `metadata/ncc` (README.md, "metadata of
// the graph").
#pragma once

#include "backends/nir/profile.h"
#include "backends/nir/tree.h"
#include "ir/graph.h"

namespace nc::nir {

Group graph_metadata(const Graph& graph, Profile profile, bool single);

}  // namespace nc::nir
