// Merges `scale` nodes into the weighted layer (affine, conv1d, conv2d, scale)
// before or behind them.
//
// Before:  s (W x + b) + o        =  (s W) x + (s b + o)
//   when that layer is the scale's only input and nobody else reads it, and
//   the scale is per output channel (or per element, before a scale).
// Behind:  W (s x + o) + b        =  (W s) x + (W o + b)
//   for each weighted layer that reads nothing else, with s per input channel;
//   other readers keep the scale. Through zero padding, W o
//   differs near the border: it becomes a bias per position, which is exact.
//
// The function is preserved up to rounding to f32 (1e-6 of each weight).
#pragma once

#include "ir/graph.h"

namespace nc {

Graph fold_scales(Graph graph);

}  // namespace nc
