// From the IR's ops to NIR's primitives, node by node (README.md, first
// table).
#pragma once

#include <string>
#include <vector>

#include "backends/nir/builder.h"
#include "backends/nir/profile.h"

namespace nc::nir {

struct Lowered {
  Builder builder;
  std::vector<std::string> unread;  // nodes that do not reach the output
};

// Throws Error that names every node that cannot be written, and why.
Lowered lower(const Graph& graph, Profile profile);

}  // namespace nc::nir
