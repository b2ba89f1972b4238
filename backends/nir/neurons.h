// Neurons as NIR primitives, a form for each profile (README.md, "Neurons").
#pragma once

#include "backends/nir/builder.h"
#include "backends/nir/profile.h"

namespace nc::nir {

// How a neuron of the IR is to be written.
struct NeuronForm {
  Profile profile = Profile::generic;
  bool integers = true;   // of a quantised graph
  bool saturates = true;  // membranes may reach the limit of membrane_bits
};

struct AddedNeuron {
  size_t entry = 0;  // the node that reads the neuron's inputs
  Sources value;
};

// Adds the node of an If, Lif or Li, or a loop of nodes. Throws Error for what
// the profile cannot say.
AddedNeuron add_neuron(Builder& builder, const Node& node, const Shape& shape,
                       const Sources& sources, const NeuronForm& form);

// A tensor given per neuron group, for each neuron.
std::vector<double> per_neuron(const Tensor& tensor, const Shape& shape);

// v(0) of each neuron.
std::vector<double> start(const Neuron& neuron, const Shape& shape,
                          bool integers);

}  // namespace nc::nir
