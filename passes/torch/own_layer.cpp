#include "passes/torch/own_layer.h"

#include <cmath>

#include "ir/shapes.h"
#include "passes/rewrite.h"
#include "passes/weighted.h"

namespace nc {
namespace {

bool is_linear_layer(const Op& op) {
  return weighted(op).has_value() && !std::holds_alternative<Scale>(op);
}

std::vector<double> batch_norm_gain(const BatchNorm& op) {
  std::vector<double> gain = op.variance.to_doubles();
  std::vector<double> weight(gain.size(), 1.0);
  if (!op.weight.empty()) weight = op.weight.to_doubles();
  for (size_t c = 0; c < gain.size(); ++c) {
    gain[c] = weight[c] / std::sqrt(gain[c] + op.epsilon);
  }
  return gain;
}

// What a node between layer and activation multiplies each channel by; nothing
// when it does something else.
std::optional<std::vector<double>> gain_of(const Op& op, int64_t channels) {
  if (const auto* norm = std::get_if<BatchNorm>(&op)) {
    return batch_norm_gain(*norm);
  }
  const auto* scale = std::get_if<Scale>(&op);
  if (!scale) return std::nullopt;
  if (scale->weight.shape() != Shape{1} &&
      scale->weight.shape() != Shape{channels}) {
    return std::nullopt;
  }
  return spread(scale->weight, {channels}, 1.0);
}

std::optional<OwnLayer> follow(const Graph& graph, const std::string& input) {
  std::vector<std::vector<double>> gains;
  std::vector<const Op*> passed;
  const Node* node = nullptr;
  for (std::string edge = input;; edge = node->inputs[0]) {
    if (is_feedback(edge) || reader_names(graph, edge).size() != 1) return {};
    node = &graph.at(edge);
    if (is_linear_layer(node->op)) break;
    if (!only_input(graph, *node)) return {};
    passed.push_back(&node->op);
  }
  int64_t channels = weighted(node->op)->weight.size(0);
  OwnLayer layer{index_of(graph, node->name), {}};
  layer.gain.assign(static_cast<size_t>(channels), 1.0);
  for (const Op* op : passed) {
    auto gain = gain_of(*op, channels);
    if (!gain) return {};
    for (size_t c = 0; c < gain->size(); ++c) layer.gain[c] *= (*gain)[c];
  }
  return layer;
}

}  // namespace

std::optional<OwnLayer> own_layer(const Graph& graph, const Node& reader) {
  for (const std::string& input : reader.inputs) {
    if (auto layer = follow(graph, input)) return layer;
  }
  return std::nullopt;
}

}  // namespace nc
