// Prepares a convolution or affine op of a quantised graph for the CPU engine.
#pragma once

#include "runtime/cpu/plan.h"

namespace nc {

// y = W x for x stored as `source` says; exact modulo 2^32 for any integer
// weights and inputs, as many byte convolutions as it takes.
Convolved make_convolved(const Window& window, const Tensor& weight,
                         const Storage& source);

// The largest sum of |weight| of one byte of the weights that an output adds
// up: beyond kExactSum (convolution.h) nothing is exact.
int64_t largest_row(const Window& window, const Tensor& weight);

// What W gives where every input that the window meets is `low` (padding is
// 0): the difference between stored bytes and values. Per channel, or per
// neuron where windows hang over the border; empty for low = 0.
std::vector<int32_t> offset_of_low(const Window& window, const Tensor& weight,
                                   int32_t low);

}  // namespace nc
