// Finds thresholds from samples of a layer's pre-activations.
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <ATen/ATen.h>

#include "passes/calibrate.h"
#include "passes/torch/columns.h"

namespace nc {

// z: one row per channel (or one for the whole layer); `cap`: the activation's
// upper end (infinity for relu). Gives [rows], all above 0, the same in all
// processes. See passes/calibrate.h for the methods and their sources.
at::Tensor find_threshold(const Columns& z, double cap,
                          const CalibrationOptions& options);

}  // namespace nc
