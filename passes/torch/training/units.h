// What the numbers of a spiking graph are worth to the neurons they act on.
#pragma once

#include <vector>

#include "ir/graph.h"

namespace nc {

// theta of the neurons that the node's current reaches, or 1 / scale at the
// output; one per channel of the node where the neuron has one per channel,
// else one for all, the mean. A layer that only other layers read gets its
// largest integer weight, or 1.
std::vector<double> threshold_behind(const Graph& graph, size_t node,
                                     int64_t channels);

// Largest |value| that one input of the node brings: of pixels, of spikes, of
// windows of them.
double reach_of(const Graph& graph, size_t node);

// Of the weights of a quantised graph: the fewest bits that hold all those of
// its convolutions and affine layers.
int64_t weight_bits(const Graph& graph);

}  // namespace nc
