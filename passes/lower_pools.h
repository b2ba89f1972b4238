// Writes average pools as sums, so that spikes can be added up as integers:
//
//   avg_pool(x) = 1 / cells * sum_pool(x)
//
// with `cells` per window as PyTorch divides it (per position, where windows
// hang over the border), and adaptive_avg_pool with equal windows likewise.
// Throws Error for an adaptive pool whose windows differ in size. The function
// is preserved up to rounding to f32.
#pragma once

#include "ir/graph.h"

namespace nc {

Graph lower_pools(Graph graph);

}  // namespace nc
