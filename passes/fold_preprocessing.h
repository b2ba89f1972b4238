// Moves the preprocessing of stored samples into the graph, so that its input
// is what is stored (for images, 0 to 255).
//
//   (x * scale - mean) / std  =  x * (scale / std) + (-mean / std)
//
// becomes a `scale` node behind the input, per channel. Exact up to rounding
// to f32; fold_scales then merges it into the first layer where it can.
// Declines when the preprocessing is the identity.
#pragma once

#include "ir/graph.h"

namespace nc {

Graph fold_preprocessing(Graph graph);

}  // namespace nc
