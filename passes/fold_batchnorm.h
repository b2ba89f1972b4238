// Writes batch normalisation as what it is once trained: per channel
//
//   y = x * g + (bias - mean * g),   g = weight / sqrt(variance + epsilon),
//
// a `scale` node, which fold_scales then merges into the layer before or
// behind it. Applies to every batch_norm; computed in double, stored in f32.
// (Ioffe & Szegedy, ICML 2015.)
#pragma once

#include "ir/graph.h"

namespace nc {

Graph fold_batchnorm(Graph graph);

}  // namespace nc
