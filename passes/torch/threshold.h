// Finds thresholds from samples of a layer's pre-activations.
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <ATen/ATen.h>

#include "passes/calibrate.h"

namespace nc {

// z: [groups, samples], one row per channel (or one for the whole layer);
// `cap`: the activation's upper end (infinity for relu). Gives [groups], all
// above 0. See passes/calibrate.h for the methods and their sources.
at::Tensor find_threshold(const at::Tensor& z, double cap,
                          const CalibrationOptions& options);

// One Lloyd step for given quantised values f = theta * k / L of the target:
// the factor E[target f] / E[f^2] per row, 1 where nothing fires.
at::Tensor lloyd_factor(const at::Tensor& target, const at::Tensor& quantized);

}  // namespace nc
