// What must be known of a graph before it is written.
#pragma once

#include <set>
#include <string>

#include "ir/graph.h"

namespace nc::nir {

// Nodes from which the output can be reached.
std::set<std::string> read_nodes(const Graph& graph);

bool reads_step_before(const Node& node);  // over a feedback edge

// Neurons whose membrane may reach the limit of membrane_bits.
std::set<std::string> saturating_nodes(const Graph& graph);

// Whether f32 holds every sum and membrane of a quantised graph, half units
// included; otherwise it takes f64. Throws Error beyond 2^52.
bool fits_f32(const Graph& graph);

}  // namespace nc::nir
