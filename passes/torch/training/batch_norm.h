// Batch norm of a training batch of which every process has a part: mean and
// variance are those of the whole batch, as one process would find them, but
// for the order of sums (which are f64 here).
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <ATen/ATen.h>

#include "runtime/processes.h"

namespace nc {

struct BatchNormParameters {
  at::Tensor weight, bias;    // [channels]; may be undefined
  at::Tensor mean, variance;  // running, which the batch changes
  double momentum;            // of that change
  double epsilon;
};

// x [samples, channels, ...]. Differentiable in x, weight and bias.
at::Tensor batch_norm_of_all(Processes& others, const at::Tensor& x,
                             BatchNormParameters parameters);

}  // namespace nc
