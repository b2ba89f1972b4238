// From a linear op of the IR to synapses. What is constant in the op (a bias,
// the value of a pad) is not part of them.
#pragma once

#include "backends/loihi/synapses.h"
#include "ir/ops.h"

namespace nc::loihi {

// The synapses from input `which` of the op to its output (only Concat's
// inputs differ in theirs). Throws Error for a weight beyond 18 bits and for
// ops that are not linear.
template <class Number>
Synapses<Number> synapses_of(const Op& op, const std::vector<Shape>& inputs,
                             size_t which);

}  // namespace nc::loihi
