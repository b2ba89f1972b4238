// The derivatives that stand in for those of steps and roundings; formulas in
// passes/train.h.
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <ATen/ATen.h>

#include "ir/ops.h"
#include "passes/train.h"

namespace nc {

struct SurrogateShape {
  Surrogate kind = Surrogate::atan;
  double width = 1;  // in units of theta
};

SurrogateShape surrogate_of(const TrainOptions& options);

// g(u), element by element.
at::Tensor derivative(const SurrogateShape& surrogate, const at::Tensor& u);

// `value` forward, the gradient of `smooth` backward.
at::Tensor straight_through(const at::Tensor& smooth, const at::Tensor& value);

// Payloads for membranes v. `net_count` (signed neurons only, else undefined):
// a spike may be taken back where it is above 0.
at::Tensor fired(const Neuron& neuron, const SurrogateShape& surrogate,
                 const at::Tensor& v, const at::Tensor& threshold,
                 const at::Tensor& net_count);

// The exact schedule's counts for the sum of all currents.
at::Tensor counted(const Neuron& neuron, const at::Tensor& sum,
                   const at::Tensor& threshold, int64_t timesteps,
                   bool integers);

at::Tensor qcfs(const at::Tensor& x, const at::Tensor& threshold,
                int64_t levels);

}  // namespace nc
