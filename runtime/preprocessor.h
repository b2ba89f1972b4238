// From stored numbers to what an input node receives: what all encodings
// share (runtime/encoding.h has the formulas).
#pragma once

#include <cstdint>
#include <vector>

#include "ir/graph.h"

namespace nc {

// (stored * scale - mean) / std, per channel, for a sample or a frame of so
// many elements.
class Preprocessor {
 public:
  Preprocessor(const Preprocessing& preprocessing, int64_t elements);

  double operator()(float stored, size_t element) const {
    return (static_cast<double>(stored) * scale_ -
            per_channel(mean_, element)) /
           per_channel(std_, element);
  }

 private:
  // Channels are the outermost axis: each has an equal run of elements.
  double per_channel(const std::vector<double>& values, size_t element) const {
    return values[element / (elements_ / values.size())];
  }

  double scale_;
  std::vector<double> mean_;
  std::vector<double> std_;
  size_t elements_;
};

// clip(round(x / step), low, high), or x where the input is not quantised.
double quantized(const Input& input, double x);

// Throws Error unless samples of shape `stored` fit an input of shape
// `expected`, and the graph's mean and std fit them.
void check_fit(const Graph& graph, const Shape& expected, const Shape& stored);

}  // namespace nc
