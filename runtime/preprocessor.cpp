#include "runtime/preprocessor.h"

#include <algorithm>
#include <cmath>

#include "ir/error.h"

namespace nc {
namespace {

void check_shape(const Shape& expected, const Shape& found) {
  if (expected == found) return;
  bool one_is_flat = expected.size() == 1 || found.size() == 1;
  if (one_is_flat && element_count(expected) == element_count(found)) return;
  throw Error("expected samples of shape " + to_string(expected) + ", found " +
              to_string(found));
}

void check_channels(const char* field, const std::vector<double>& values,
                    const Shape& input, const Shape& stored) {
  auto size = static_cast<int64_t>(values.size());
  if (size <= 1 || size == input.front() || size == stored.front()) return;
  throw Error(std::string("expected ") + field + " for 1 or " +
              std::to_string(input.front()) + " channels, found " +
              std::to_string(size));
}

}  // namespace

Preprocessor::Preprocessor(const Preprocessing& preprocessing, int64_t elements)
    : scale_(preprocessing.scale),
      mean_(preprocessing.mean),
      std_(preprocessing.std),
      elements_(static_cast<size_t>(elements)) {
  if (mean_.empty()) mean_ = {0};
  if (std_.empty()) std_ = {1};
}

double quantized(const Input& input, double x) {
  if (input.step == 0) return x;
  return std::clamp(std::round(x / input.step), static_cast<double>(input.low),
                    static_cast<double>(input.high));
}

void check_fit(const Graph& graph, const Shape& expected, const Shape& stored) {
  check_shape(expected, stored);
  const Preprocessing& preprocessing = graph.run.preprocessing;
  check_channels("mean", preprocessing.mean, expected, stored);
  check_channels("std", preprocessing.std, expected, stored);
}

}  // namespace nc
