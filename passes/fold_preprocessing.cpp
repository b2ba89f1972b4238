#include "passes/fold_preprocessing.h"

#include "ir/error.h"
#include "passes/rewrite.h"

namespace nc {
namespace {

void require_channels(const char* what, size_t found, int64_t channels) {
  if (found <= 1 || static_cast<int64_t>(found) == channels) return;
  throw Error(std::string("preprocessing: expected 1 or ") +
              std::to_string(channels) + " values of " + what + ", found " +
              std::to_string(found));
}

double entry(const std::vector<double>& values, size_t at, double missing) {
  if (values.empty()) return missing;
  return values.size() == 1 ? values[0] : values[at];
}

}  // namespace

Graph fold_preprocessing(Graph graph) {
  const Preprocessing& given = graph.run.preprocessing;
  if (given.is_identity()) return graph;
  const Node& input = graph.input();
  int64_t channels = std::get<Input>(input.op).shape.at(0);
  require_channels("mean", given.mean.size(), channels);
  require_channels("std", given.std.size(), channels);
  std::vector<double> weight;
  std::vector<double> offset;
  for (size_t c = 0; c < static_cast<size_t>(channels); ++c) {
    double std = entry(given.std, c, 1);
    weight.push_back(given.scale / std);
    offset.push_back(-entry(given.mean, c, 0) / std);
  }
  Scale scale{float_tensor({channels}, weight), {}};
  if (!given.mean.empty()) scale.offset = float_tensor({channels}, offset);
  insert_after(graph, input.name, input.name + "_scaled", scale);
  graph.run.preprocessing = {};
  return graph;
}

}  // namespace nc
