// The derivatives that stand in for those of steps and roundings; formulas in
// passes/train.h.
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <ATen/ATen.h>

#include "ir/ops.h"
#include "passes/torch/training/neuron_steps.h"
#include "passes/train.h"

namespace nc {

SurrogateShape surrogate_of(const TrainOptions& options);

// `value` forward, the gradient of `smooth` backward.
at::Tensor straight_through(const at::Tensor& smooth, const at::Tensor& value);

// The exact schedule's counts for the sum of all currents.
at::Tensor counted(const Neuron& neuron, const at::Tensor& sum,
                   const at::Tensor& threshold, int64_t timesteps,
                   bool integers);

}  // namespace nc
