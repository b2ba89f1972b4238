// Where a value lies on the chip: channels last ([height, width, channels], as
// in Lava's X, Y, C), so that the synapses of one spike lie side by side. The
// IR has channels first.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/tensor.h"

namespace nc::loihi {

// Position on the chip of each element of the IR's [channels, ...] order.
std::vector<uint32_t> chip_positions(const Shape& shape);

// A parameter that is given per neuron group (ir/ops.h), one entry per neuron
// in the chip's order.
std::vector<int64_t> per_neuron(const Tensor& tensor, const Shape& shape);

// The IR's order to the chip's.
template <class Number>
std::vector<Number> to_chip(const std::vector<Number>& values,
                            const Shape& shape) {
  std::vector<uint32_t> positions = chip_positions(shape);
  std::vector<Number> moved(values.size());
  for (size_t i = 0; i < values.size(); ++i) moved[positions[i]] = values[i];
  return moved;
}

}  // namespace nc::loihi
