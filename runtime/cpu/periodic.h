// Constants of neurons in the stored order of their values.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/tensor.h"
#include "runtime/cpu/layout.h"

namespace nc {

// Per channel where the tensor is, else per neuron.
std::vector<int32_t> periodic(const Tensor& tensor, const Shape& shape);

// a + factor * b, where one may be per channel and the other per neuron.
std::vector<int32_t> added(std::vector<int32_t> a,
                           const std::vector<int32_t>& b, int64_t factor);

// Repeated, so that runs of neurons are not shorter than a few vectors.
std::vector<int32_t> lengthened(const std::vector<int32_t>& values);

}  // namespace nc
