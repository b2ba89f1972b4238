#include "passes/torch/training/units.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>

#include "passes/weighted.h"

namespace nc {
namespace {

using Doubles = std::vector<double>;

double mean(const Doubles& values) {
  double sum = std::accumulate(values.begin(), values.end(), 0.0);
  return sum / static_cast<double>(values.size());
}

double largest(const Tensor& tensor) {
  double most = 0;
  for (double each : tensor.to_doubles()) most = std::max(most, std::abs(each));
  return most;
}

// Per channel, where the channels are those of the layer.
Doubles spread_over(const Tensor& threshold, int64_t channels) {
  Doubles values = threshold.to_doubles();
  if (threshold.shape().front() != channels) return {mean(values)};
  size_t group = values.size() / static_cast<size_t>(channels);
  Doubles result;
  for (size_t i = 0; i < values.size(); i += group) {
    auto first = values.begin() + static_cast<std::ptrdiff_t>(i);
    result.push_back(
        mean(Doubles(first, first + static_cast<std::ptrdiff_t>(group))));
  }
  return result;
}

std::optional<Doubles> unit_of(const Op& op, int64_t channels) {
  if (const Neuron* neuron = as_neuron(op)) {
    return spread_over(neuron->threshold, channels);
  }
  const auto* output = std::get_if<Output>(&op);
  if (output && output->scale != 0) return Doubles{1 / std::abs(output->scale)};
  return std::nullopt;
}

class Search {
 public:
  explicit Search(const Graph& graph)
      : graph_(graph), readers_(readers(graph)) {}

  // The first neuron or output behind the node.
  std::optional<Doubles> behind(size_t node, int64_t channels) {
    for (size_t reader : readers_[node]) {
      if (!seen_.insert(reader).second) continue;
      const Op& op = graph_.nodes[reader].op;
      if (auto found = unit_of(op, channels)) return found;
      if (weighted(op)) continue;
      if (auto found = behind(reader, channels)) return found;
    }
    return std::nullopt;
  }

 private:
  const Graph& graph_;
  std::vector<std::vector<size_t>> readers_;
  std::set<size_t> seen_;
};

double input_reach(const Graph& graph, const Input& input) {
  if (input.step > 0) {
    return static_cast<double>(
        std::max(std::abs(input.low), std::abs(input.high)));
  }
  const StoredRange& range = graph.run.range;
  double reach = std::max(std::abs(range.low), std::abs(range.high));
  bool raw = graph.run.preprocessing.is_identity() && reach > 0;
  return raw ? reach : 1;
}

double value_reach(const Graph& graph, size_t node, std::set<size_t>& seen) {
  const Op& op = graph.nodes[node].op;
  if (!seen.insert(node).second) return 1;
  if (const auto* input = std::get_if<Input>(&op)) {
    return input_reach(graph, *input);
  }
  if (const Neuron* neuron = as_neuron(op)) {
    return static_cast<double>((int64_t{1} << neuron->levels) - 1);
  }
  if (auto layer = weighted(op)) {
    return mean(threshold_behind(graph, node, layer->weight.shape().front()));
  }
  double most = 1;
  for (const std::string& input : graph.nodes[node].inputs) {
    size_t source = index_of(graph, source_of(input));
    most = std::max(most, value_reach(graph, source, seen));
  }
  const auto* pool = std::get_if<SumPool>(&op);
  return pool ? most * static_cast<double>(element_count(pool->kernel)) : most;
}

}  // namespace

std::vector<double> threshold_behind(const Graph& graph, size_t node,
                                     int64_t channels) {
  if (auto found = Search(graph).behind(node, channels)) return *found;
  auto layer = weighted(graph.nodes[node].op);
  if (!layer || !layer->weight.is_integer()) return {1};
  return {std::max(largest(layer->weight), 1.0)};
}

double reach_of(const Graph& graph, size_t node) {
  double most = 1;
  for (const std::string& input : graph.nodes[node].inputs) {
    std::set<size_t> seen;
    most = std::max(
        most, value_reach(graph, index_of(graph, source_of(input)), seen));
  }
  return most;
}

int64_t weight_bits(const Graph& graph) {
  double most = 1;
  for (const Node& node : graph.nodes) {
    auto layer = weighted(node.op);
    if (!layer || std::holds_alternative<Scale>(node.op)) continue;
    most = std::max(most, largest(layer->weight));
  }
  int64_t bits = 2;
  while (static_cast<double>((int64_t{1} << (bits - 1)) - 1) < most) ++bits;
  return bits;
}

}  // namespace nc
