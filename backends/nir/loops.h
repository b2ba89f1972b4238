// Neurons of integers as loops of NIR's simplest primitives (I, Threshold,
// Scale), exact under the rule that a back edge carries the value of the step
// before. In u = v - v(0) every membrane starts at 0, as NIR's do:
//
//   u(t) = u(t-1) + z(t) - theta s(t-1)
//   s(t) = [u(t) > theta - v(0) - 1/2]     (v >= theta; strict: without 1/2)
//
// levels = n    the sum of 2^n - 1 of these, at k theta - v(0) - 1/2
// signed        and -1 where -u > v(0) (v < 0) and the sum of the spikes so
//               far is above 0
// Reset to a value is an IF: u becomes value - v(0).
#pragma once

#include "backends/nir/neurons.h"

namespace nc::nir {

// `metadata` goes to the node that holds the membrane.
AddedNeuron add_loop(Builder& builder, const Node& node, const Shape& shape,
                     const Sources& sources, Group metadata);

}  // namespace nc::nir
