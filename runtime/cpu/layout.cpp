#include "runtime/cpu/layout.h"

namespace nc {

Layout layout_of(const Shape& shape) {
  if (shape.size() == 3) return {shape[1], shape[2], shape[0]};
  if (shape.size() == 2) return {1, shape[1], shape[0]};
  return {1, 1, element_count(shape)};
}

std::vector<int64_t> stored_index(const Shape& shape) {
  Layout layout = layout_of(shape);
  int64_t positions = layout.positions();
  std::vector<int64_t> index(static_cast<size_t>(layout.elements()));
  for (int64_t i = 0; i < layout.elements(); ++i) {
    int64_t channel = i / positions;
    int64_t position = i % positions;
    index[static_cast<size_t>(i)] = position * layout.channels + channel;
  }
  return index;
}

}  // namespace nc
