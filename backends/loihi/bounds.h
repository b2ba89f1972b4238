// How large the numbers on the chip can get, from the weights alone: this
// decides which integers are wide enough to simulate it exactly.
#pragma once

#include <vector>

#include "backends/loihi/roles.h"
#include "ir/graph.h"

namespace nc::loihi {

struct InputRange {
  int64_t low = 0;
  int64_t high = 0;
};

// Of one step's input; -255 to 255 where the input node does not say.
InputRange input_range(const Input& input);

struct Bounds {
  std::vector<double> value;    // largest |value| per node and step
  std::vector<double> current;  // largest |sum of its inputs|

  double largest() const;
};

// Under the exact schedule a step is the whole window of T steps.
Bounds bounds_of(const Graph& graph, const Roles& roles);

// Largest payload of a spiking node.
int64_t most_payload(const Graph& graph, const Neuron& neuron);

}  // namespace nc::loihi
