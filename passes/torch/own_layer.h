// The layer whose weights an activation has for itself: a convolution or an
// affine layer, followed by nothing but batch norms and per-channel scales,
// each read by one node only,
//
//   z = ... + gain_c (W x + b)_c + ...,   gain per output channel c,
//
// so that a change of W reaches this activation (or the output) and no other.
// Private to calibration.
#pragma once

#include <optional>
#include <vector>

#include "ir/graph.h"

namespace nc {

struct OwnLayer {
  size_t node;               // in graph.nodes
  std::vector<double> gain;  // [channels]
};

// Of the inputs that have such a layer the first; nothing when none has, when
// an edge on the way is a feedback edge, or when the layer stands at a place
// that other inputs reach as well.
std::optional<OwnLayer> own_layer(const Graph& graph, const Node& reader);

}  // namespace nc
