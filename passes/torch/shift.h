// A neuron's rounding, seen from its output: the shift of the current, per
// channel, for which the output is nearest to the activation's,
//
//   b = argmin over b = k theta / (10 L), k = -6 ... 6, of
//       mean (f(y + b) - a)^2,   f: the neurons, a: what the ANN's give.
//
// 0 on a tie. (A mean that moves with it is put back by the next layer's
// reconstruction, noise is not.)
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <ATen/ATen.h>

#include <functional>

namespace nc {

// Mean squared error per channel, [channels], for a shift [channels].
using ShiftError = std::function<at::Tensor(const at::Tensor& shift)>;

// `unit`: theta / L, [channels].
at::Tensor least_error_shift(const at::Tensor& unit, const ShiftError& error);

}  // namespace nc
