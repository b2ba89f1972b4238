// What each node of a graph becomes on the chip.
//
// Populations send payloads: the input, spiking neurons, leaky integrators,
// the readout, and relays. Everything else is synapses between them. One
// bundle of synapses holds at most one layer of weights; where the output of
// a weighted layer is read by another one without a neuron between them, a
// relay population carries the current over, at the cost of one more step.
#pragma once

#include <vector>

#include "ir/graph.h"

namespace nc::loihi {

enum class Role {
  input,
  spiking,   // If, Lif
  leaky,     // Li
  readout,   // Output
  weighted,  // Affine, Conv1d, Conv2d, Scale
  routing,   // SumPool, Pad, Flatten, Reshape, Permute, Slice, Concat
};

// What a node reads, by position in graph.nodes.
struct Edge {
  size_t from = 0;
  bool feedback = false;
};

std::vector<std::vector<Edge>> edges_of(const Graph& graph);

struct Roles {
  std::vector<Role> role;     // per node
  std::vector<bool> relayed;  // weighted layers read it through a relay

  bool is_linear(size_t node) const {
    return role[node] == Role::weighted || role[node] == Role::routing;
  }

  // Whether what `reader` reads from `node` are payloads of a population.
  bool sends(size_t node, size_t reader) const {
    return !is_linear(node) ||
           (relayed[node] && role[reader] == Role::weighted);
  }
};

// Throws Error that names the first node with no place on the chip: max pools,
// activations, batch_norm, and feedback through linear ops alone.
Roles assign_roles(const Graph& graph);

}  // namespace nc::loihi
