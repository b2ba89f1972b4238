// The QCFS activation (Bu et al. 2022), for training; formulas in
// passes/train.h.
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <ATen/ATen.h>

namespace nc {

// Of x [samples, ...]; the threshold broadcasts against a sample.
at::Tensor qcfs(const at::Tensor& x, const at::Tensor& threshold,
                int64_t levels);

}  // namespace nc
