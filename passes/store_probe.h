// Stores what a spiking network means: a probe input and, per spiking layer,
// the SHA-256 of the spikes that the reference engine gives on it. Any engine
// can be asked to reproduce them (nc-run --verify).
#pragma once

#include "ir/graph.h"
#include "runtime/engine.h"

namespace nc {

// `batch` as the input node holds it; its values must be integers. Throws
// Error when the graph is not quantised.
Graph store_probe(Graph graph, const Batch& batch);

// A fixed pseudo-random batch within the input's limits, for when no data are
// at hand. `samples` inputs, the same for the same graph.
Batch random_probe(const Graph& graph, int64_t samples);

// The stored probe as a batch; throws Error when there is none.
Batch probe_batch(const Graph& graph);

}  // namespace nc
