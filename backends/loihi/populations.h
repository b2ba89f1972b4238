// The neurons of a population from a node of the graph: thresholds, leak,
// reset and bias in the chip's fields. Each throws Error (without the node's
// name) for what the fields cannot hold.
#pragma once

#include "backends/loihi/plan.h"

namespace nc::loihi {

// `biases` are the constant currents in weight units, in the chip's order.
template <class Number>
void set_dynamics(Population<Number>& population, const Graph& graph,
                  const Shape& shape, const std::vector<int64_t>& biases);

}  // namespace nc::loihi
