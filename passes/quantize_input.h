// Makes the input node emit integers: x_q = clip(round(x / step), low, high),
// followed by a scale by `step` that later folds into the first layer.
//
// Stored data that are integers already (8-bit images) keep step = 1, which is
// exact. Real data get 2^bits levels over the range that calibration saw.
// Needs the identity as preprocessing (run fold_preprocessing first); throws
// Error when the range is not known.
#pragma once

#include "ir/graph.h"

namespace nc {

Graph quantize_input(Graph graph, int64_t bits = 8);

}  // namespace nc
