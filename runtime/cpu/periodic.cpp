#include "runtime/cpu/periodic.h"

#include "ir/shapes.h"

namespace nc {

std::vector<int32_t> periodic(const Tensor& tensor, const Shape& shape) {
  Layout layout = layout_of(shape);
  std::vector<int64_t> values = tensor.to_integers();
  size_t group = static_cast<size_t>(group_size(tensor, shape));
  bool by_channel = shape.size() <= 3 && values.size() <= 1;
  by_channel |= static_cast<int64_t>(group) == layout.positions();
  if (by_channel) {
    std::vector<int32_t> result(static_cast<size_t>(layout.channels));
    for (size_t i = 0; i < result.size(); ++i) {
      result[i] = static_cast<int32_t>(values[values.size() == 1 ? 0 : i]);
    }
    return result;
  }
  std::vector<int64_t> index = stored_index(shape);
  std::vector<int32_t> result(index.size());
  for (size_t i = 0; i < index.size(); ++i) {
    result[static_cast<size_t>(index[i])] =
        static_cast<int32_t>(values[i / group]);
  }
  return result;
}

std::vector<int32_t> added(std::vector<int32_t> a,
                           const std::vector<int32_t>& b, int64_t factor) {
  if (b.empty()) return a;
  if (a.size() < b.size()) {
    std::vector<int32_t> longer(b.size());
    for (size_t i = 0; !a.empty() && i < longer.size(); ++i) {
      longer[i] = a[i % a.size()];
    }
    a = std::move(longer);
  }
  for (size_t i = 0; i < a.size(); ++i) {
    a[i] = static_cast<int32_t>(a[i] + factor * b[i % b.size()]);
  }
  return a;
}

std::vector<int32_t> lengthened(const std::vector<int32_t>& values) {
  constexpr size_t kRun = 512;
  size_t times = (kRun + values.size() - 1) / values.size();
  std::vector<int32_t> result;
  result.reserve(times * values.size());
  for (size_t i = 0; i < times; ++i) {
    result.insert(result.end(), values.begin(), values.end());
  }
  return result;
}

}  // namespace nc
