#include "runtime/synaptic_operations.h"

#include <map>
#include <numeric>
#include <set>

#include "ir/shapes.h"
#include "runtime/evaluate.h"

namespace nc {
namespace {

// A weighted op with ones for weights and no bias; other ops stay.
Op with_ones(Op op) {
  std::visit(
      [](auto& each) {
        using Kind = std::decay_t<decltype(each)>;
        if constexpr (std::is_same_v<Kind, Affine> || IsConvolution<Kind>) {
          size_t count = static_cast<size_t>(each.weight.size());
          each.weight =
              Tensor(each.weight.shape(), std::vector<int8_t>(count, 1));
          each.bias = {};
        }
      },
      op);
  return op;
}

bool is_layer(const Op& op) {
  return std::holds_alternative<Affine>(op) ||
         std::holds_alternative<Conv1d>(op) ||
         std::holds_alternative<Conv2d>(op);
}

// Pairs of input and output that a weight of the layer joins.
double connections(const Op& op, const Shape& input) {
  Graph graph;
  graph.nodes = {{"x", Input{input}, {}, {}}, {"y", with_ones(op), {"x"}, {}}};
  std::vector<double> ones(static_cast<size_t>(element_count(input)), 1);
  std::vector<double> taps = Evaluator<double>(graph).evaluate(1, {&ones}, 1);
  return std::accumulate(taps.begin(), taps.end(), 0.0);
}

// The neurons and inputs whose values reach `name` without a weighted layer;
// `path` is where the search has come from, for loops without neurons.
void sources_of(const Graph& graph, const std::string& name,
                std::multiset<std::string>& found,
                std::set<std::string> path = {}) {
  const Node& node = graph.at(name);
  if (!path.insert(name).second) return;
  if (as_neuron(node.op) || std::holds_alternative<Input>(node.op)) {
    found.insert(name);
    return;
  }
  if (is_layer(node.op)) return;
  for (const std::string& input : node.inputs) {
    sources_of(graph, source_of(input), found, path);
  }
}

}  // namespace

SynapticOperations synaptic_operations(const Graph& graph,
                                       const std::vector<LayerCount>& layers,
                                       int64_t samples) {
  std::map<std::string, double> events;
  for (const LayerCount& layer : layers) {
    events[layer.name] =
        static_cast<double>(layer.events) / static_cast<double>(samples);
  }
  std::map<std::string, Shape> shapes = infer_shapes(graph);
  double steps = static_cast<double>(std::max<int64_t>(graph.run.timesteps, 1));
  SynapticOperations total;
  for (const Node& node : graph.nodes) {
    if (!is_layer(node.op)) continue;
    const Shape& input = shapes.at(source_of(node.inputs[0]));
    double joined = connections(node.op, input);
    double fan_out = joined / static_cast<double>(element_count(input));
    total.dense += joined * steps;
    std::multiset<std::string> sources;
    for (const std::string& each : node.inputs) {
      sources_of(graph, source_of(each), sources);
    }
    for (const std::string& source : sources) {
      bool analog = std::holds_alternative<Input>(graph.at(source).op);
      (analog ? total.from_input : total.events) +=
          analog ? joined * steps : events[source] * fan_out;
    }
  }
  return total;
}

}  // namespace nc
