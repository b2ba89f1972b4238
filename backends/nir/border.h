// A bias that depends on the position only through how much of the window
// hangs over the border, as a convolution of ones:
//
//   bias[c, y, x] = sum of K[c, i, j] over the taps (i, j) inside the input
//
// That is what remains of a constant that was folded through zero padding
// (passes/fold_scales.h). With M the 0/1 matrix of positions and taps of each
// axis, bias = My K Mx^T; rows of ones without gaps make the solution whole
// where the biases are.
#pragma once

#include "backends/nir/linear.h"

namespace nc::nir {

// bias is [out, positions of each axis]. Gives the weights [out, 1, taps of
// each axis]. Throws Error for a bias of another sort.
Kernel border_kernel(const Array& bias, const std::vector<Axis>& axes);

}  // namespace nc::nir
