// One threshold, 1, for all neurons of a layer: the rows of the weights in
// front of each neuron are divided by its threshold,
//
//   v += W x + b;  v >= theta    is    v' += (W / theta) x + b / theta;  v' >=
//   1
//
// and `row_scale` keeps theta, from which the whole numbers come back:
// round(weight * row_scale). Layers that share one threshold stay as they are.
#pragma once

#include "backends/nir/builder.h"

namespace nc::nir {

// Works on all IF nodes. Weights that others read as well, and inputs without
// weights, get a diagonal node of their own. Throws Error that names the node
// where thresholds differ within a channel.
void equalise_thresholds(Builder& builder, bool integers);

}  // namespace nc::nir
