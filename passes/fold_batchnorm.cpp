#include "passes/fold_batchnorm.h"

#include <cmath>

namespace nc {
namespace {

Scale as_scale(const BatchNorm& norm) {
  std::vector<double> weight = norm.weight.to_doubles();
  std::vector<double> bias = norm.bias.to_doubles();
  std::vector<double> mean = norm.mean.to_doubles();
  std::vector<double> variance = norm.variance.to_doubles();
  weight.resize(mean.size(), 1);
  bias.resize(mean.size(), 0);
  for (size_t c = 0; c < mean.size(); ++c) {
    weight[c] /= std::sqrt(variance[c] + norm.epsilon);
    bias[c] -= mean[c] * weight[c];
  }
  Shape shape = norm.mean.shape();
  return {float_tensor(shape, weight), float_tensor(shape, bias)};
}

}  // namespace

Graph fold_batchnorm(Graph graph) {
  for (Node& node : graph.nodes) {
    if (auto* norm = std::get_if<BatchNorm>(&node.op)) {
      node.op = as_scale(*norm);
    }
  }
  return graph;
}

}  // namespace nc
