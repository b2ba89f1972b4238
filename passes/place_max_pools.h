// Gets max pools out of the way of spikes. A maximum over spikes is not the
// spikes of a maximum, so a max pool can stand only in front of neurons:
//
//   max_pool(f(x)) = f(max_pool(x))   for every f that never decreases
//
// (relu, clip, qcfs), which is exact for the ANN. For the spiking network it
// is exact where the pool sees the same current at every step (in front of the
// first neurons, direct encoding) and under the exact schedule, which compares
// sums over the whole window. Elsewhere the pool is refused by name, unless
// `average` asks for average pools instead, which changes the function.
// (Moved before the neuron: Bu et al., CVPR 2025, theorem 2.)
#pragma once

#include "ir/graph.h"

namespace nc {

enum class MaxPools { move, average };

Graph place_max_pools(Graph graph, MaxPools choice, Schedule schedule);

}  // namespace nc
