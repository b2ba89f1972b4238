#include "backends/loihi/layout.h"

#include "ir/shapes.h"

namespace nc::loihi {

std::vector<uint32_t> chip_positions(const Shape& shape) {
  size_t count = static_cast<size_t>(element_count(shape));
  size_t channels = shape.empty() ? 1 : static_cast<size_t>(shape[0]);
  size_t pixels = channels == 0 ? 0 : count / channels;
  std::vector<uint32_t> positions(count);
  for (size_t i = 0; i < count; ++i) {
    size_t channel = i / pixels;
    size_t pixel = i % pixels;
    positions[i] = static_cast<uint32_t>(pixel * channels + channel);
  }
  return positions;
}

std::vector<int64_t> per_neuron(const Tensor& tensor, const Shape& shape) {
  std::vector<int64_t> values = tensor.to_integers();
  size_t group = static_cast<size_t>(group_size(tensor, shape));
  std::vector<int64_t> spread(static_cast<size_t>(element_count(shape)));
  for (size_t i = 0; i < spread.size(); ++i) spread[i] = values[i / group];
  return to_chip(spread, shape);
}

}  // namespace nc::loihi
