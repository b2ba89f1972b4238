// The reference engine: what a graph means, as plain loops, one neuron at a
// time. Integers (64 bits) when the graph is quantised, else double. Slow and
// obvious on purpose; every other engine is checked against it.
#pragma once

#include "runtime/engine.h"

namespace nc {

// `threads` images are computed side by side; results do not depend on it.
std::unique_ptr<Engine> make_reference_engine(const Graph& graph,
                                              int threads = 1);

// SHA-256 per spiking node, in node order, of its spikes: 32-bit
// little-endian payloads in the order [samples, steps, neurons].
std::vector<std::pair<std::string, std::string>> spike_hashes(
    const Outputs& outputs);

}  // namespace nc
