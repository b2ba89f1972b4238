// Moves `scale` nodes without offset towards the weighted layers that can
// absorb them: a scale commutes with sums over windows, zero padding,
// flattening and every rearrangement,
//
//   pool(s x) = s pool(x)   (s per channel),   flatten(s x) = flatten(s)
//   flatten(x),   concat(s x, y) = (s, 1) concat(x, y).
//
// A scale that feeds a sum of several inputs stays where it is: that is the
// scale of an identity skip. The function is preserved exactly.
#pragma once

#include "ir/graph.h"

namespace nc {

Graph sink_scales(Graph graph);

}  // namespace nc
