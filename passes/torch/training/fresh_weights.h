// Fresh parameters for training from scratch: weights uniform within
//   +-sqrt(6 / fan in)   in units of theta / r (passes/torch/training/slots.h),
// (Kaiming's for relu), biases 0, batch norms as PyTorch starts them. What is
// no layer's weight stays: thresholds of real numbers, decays, scales.
//
// In a quantised graph the integers must hold such weights with room to double:
// theta = floor(most r / (2 bound)) over the layers that meet at the neuron,
// most the largest integer weight; the output's scale likewise.
#pragma once

#include "ir/graph.h"

namespace nc {

Graph with_fresh_weights(Graph graph, int64_t seed);

}  // namespace nc
