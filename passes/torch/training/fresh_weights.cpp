#include "passes/torch/training/fresh_weights.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "passes/torch/training/units.h"
#include "passes/weighted.h"
#include "runtime/data/random.h"

namespace nc {
namespace {

constexpr double kRoom = 2;

bool is_layer(const Op& op) {
  return weighted(op).has_value() && !std::holds_alternative<Scale>(op);
}

double bound_of(const Op& op) {
  const Tensor weight = weighted(op)->weight;
  double fan_in = static_cast<double>(weight.size() / weight.size(0));
  return std::sqrt(6 / fan_in);
}

// Layers and scales whose currents reach the node.
void collect(const Graph& graph, size_t node, std::set<size_t>& layers) {
  for (const std::string& input : graph.nodes[node].inputs) {
    size_t source = index_of(graph, source_of(input));
    const Op& op = graph.nodes[source].op;
    if (weighted(op)) {
      layers.insert(source);
    } else if (!as_neuron(op) && !is_feedback(input)) {
      collect(graph, source, layers);
    }
  }
}

// One threshold for all channels, in the integers of the graph.
double roomy_threshold(const Graph& graph, const std::set<size_t>& layers,
                       double most) {
  double theta = 1 << 20;
  for (size_t each : layers) {
    const Op& op = graph.nodes[each].op;
    if (!is_layer(op)) continue;
    theta = std::min(theta, std::floor(most * reach_of(graph, each) /
                                       (kRoom * bound_of(op))));
  }
  return std::max(theta, 1.0);
}

// Scales in front of the neuron keep what they are worth to it.
void rescale(Graph& graph, const std::set<size_t>& layers, double factor) {
  for (size_t each : layers) {
    Op& op = graph.nodes[each].op;
    if (!std::holds_alternative<Scale>(op)) continue;
    Weighted parameters = *weighted(op);
    std::vector<int64_t> values;
    for (double value : parameters.weight.to_doubles()) {
      int64_t whole = std::llround(value * factor);
      values.push_back(whole == 0 ? 1 : whole);
    }
    op = with_parameters(op, integer_tensor(parameters.weight.shape(), values),
                         parameters.bias);
  }
}

void choose_thresholds(Graph& graph) {
  double most =
      static_cast<double>((int64_t{1} << (weight_bits(graph) - 1)) - 1);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    std::set<size_t> layers;
    collect(graph, i, layers);
    if (!std::any_of(layers.begin(), layers.end(), [&](size_t each) {
          return is_layer(graph.nodes[each].op);
        })) {
      continue;
    }
    double theta = roomy_threshold(graph, layers, most);
    if (auto* output = std::get_if<Output>(&graph.nodes[i].op)) {
      output->scale = 1 / theta;
      continue;
    }
    std::visit(
        [&](auto& op) {
          if constexpr (IsNeuron<std::decay_t<decltype(op)>>) {
            double before = op.threshold.to_doubles().front();
            std::vector<int64_t> same(static_cast<size_t>(op.threshold.size()),
                                      static_cast<int64_t>(theta));
            op.threshold = integer_tensor(op.threshold.shape(), same);
            rescale(graph, layers, theta / before);
          }
        },
        graph.nodes[i].op);
  }
}

Tensor zeros_like(const Tensor& tensor) {
  if (tensor.empty()) return {};
  std::vector<double> zeros(static_cast<size_t>(tensor.size()), 0.0);
  if (!tensor.is_integer()) return float_tensor(tensor.shape(), zeros);
  return integer_tensor(tensor.shape(), std::vector<int64_t>(zeros.size(), 0));
}

Tensor drawn(const Graph& graph, size_t node, uint64_t seed) {
  const Op& op = graph.nodes[node].op;
  const Tensor weight = weighted(op)->weight;
  std::vector<double> theta =
      threshold_behind(graph, node, weight.shape().front());
  double reach = reach_of(graph, node);
  if (graph.run.timesteps == 0) {
    theta = {1};
    reach = 1;
  }
  size_t row = static_cast<size_t>(weight.size() / weight.size(0));
  std::vector<double> values(static_cast<size_t>(weight.size()));
  for (size_t i = 0; i < values.size(); ++i) {
    double each = 2 * uniform_at(seed, node, i, 0) - 1;
    double unit = theta[theta.size() == 1 ? 0 : i / row] / reach;
    values[i] = each * bound_of(op) * unit;
  }
  if (!weight.is_integer()) return float_tensor(weight.shape(), values);
  std::vector<int64_t> whole;
  for (double value : values) whole.push_back(std::llround(value));
  return integer_tensor(weight.shape(), whole);
}

void start_batch_norm(BatchNorm& op) {
  auto filled = [&](const Tensor& like, double value) {
    if (like.empty()) return Tensor();
    return float_tensor(
        like.shape(),
        std::vector<double>(static_cast<size_t>(like.size()), value));
  };
  op.weight = filled(op.weight, 1);
  op.bias = filled(op.bias, 0);
  op.mean = filled(op.mean, 0);
  op.variance = filled(op.variance, 1);
}

}  // namespace

Graph with_fresh_weights(Graph graph, int64_t seed) {
  if (is_quantized(graph)) choose_thresholds(graph);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    Op& op = graph.nodes[i].op;
    if (auto* norm = std::get_if<BatchNorm>(&op)) start_batch_norm(*norm);
    if (!is_layer(op)) continue;
    op = with_parameters(op, drawn(graph, i, static_cast<uint64_t>(seed)),
                         zeros_like(weighted(op)->bias));
  }
  return graph;
}

}  // namespace nc
