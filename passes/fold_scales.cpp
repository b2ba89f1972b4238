#include "passes/fold_scales.h"

#include <algorithm>
#include <map>
#include <optional>

#include "ir/shapes.h"
#include "passes/rewrite.h"
#include "passes/weighted.h"

namespace nc {
namespace {

using Shapes = std::map<std::string, Shape>;
using Doubles = std::vector<double>;

Doubles product(const Doubles& a, const Doubles& b) {
  Doubles result(a.size());
  std::transform(a.begin(), a.end(), b.begin(), result.begin(),
                 std::multiplies<>());
  return result;
}

Doubles sum(const Doubles& a, const Doubles& b) {
  Doubles result(a.size());
  std::transform(a.begin(), a.end(), b.begin(), result.begin(), std::plus<>());
  return result;
}

// s (W x + b) + o, where y = W x + b has the given shape.
std::optional<Op> merged_before(const Op& layer, const Shape& shape,
                                const Scale& scale) {
  std::optional<Weighted> w = weighted(layer);
  if (!w) return std::nullopt;
  Doubles s = spread(scale.weight, shape, 1);
  Doubles bias = sum(product(spread(w->bias, shape, 0), s),
                     spread(scale.offset, shape, 0));
  if (std::holds_alternative<Scale>(layer)) {
    Doubles weight = product(spread(w->weight, shape, 1), s);
    return Scale{compact(weight, shape, false), compact(bias, shape, true)};
  }
  std::optional<Doubles> channels = per_channel(s, shape);
  if (!channels) return std::nullopt;
  return with_parameters(layer, scale_outputs(w->weight, *channels),
                         compact(bias, shape, true));
}

// W (s x + o) + b, where x has the shape `in` and the result `out`.
std::optional<Op> merged_behind(const Op& layer, const Shape& in,
                                const Shape& out, const Scale& scale) {
  std::optional<Weighted> w = weighted(layer);
  if (!w) return std::nullopt;
  Doubles s = spread(scale.weight, in, 1);
  Doubles o = spread(scale.offset, in, 0);
  if (std::holds_alternative<Scale>(layer)) {
    Doubles weight = spread(w->weight, in, 1);
    Doubles bias = sum(product(weight, o), spread(w->bias, in, 0));
    return Scale{compact(product(weight, s), in, false),
                 compact(bias, in, true)};
  }
  std::optional<Doubles> channels = per_channel(s, in);
  if (!channels) return std::nullopt;
  Tensor bias = w->bias;
  if (!scale.offset.empty()) {
    bias = compact(sum(apply_weight(layer, in, o), spread(bias, out, 0)), out,
                   true);
  }
  return with_parameters(layer, scale_inputs(layer, *channels), bias);
}

bool fold_into_layer_before(Graph& graph, const Shapes& shapes,
                            const std::string& name) {
  const Node& node = graph.at(name);
  const Node* layer = only_input(graph, node);
  if (!layer || reader_names(graph, layer->name).size() != 1) return false;
  std::optional<Op> merged = merged_before(layer->op, shapes.at(layer->name),
                                           std::get<Scale>(node.op));
  if (!merged) return false;
  graph.find(layer->name)->op = *merged;
  remove_node(graph, name);
  return true;
}

// Each reader that can absorb the scale reads its source instead; the scale
// stays for those that cannot.
void fold_into_layers_behind(Graph& graph, const Shapes& shapes,
                             const std::string& name) {
  const Node node = graph.at(name);
  if (!only_input(graph, node)) return;
  for (const std::string& reader : reader_names(graph, name)) {
    Node& layer = *graph.find(reader);
    if (!only_input(graph, layer)) continue;
    std::optional<Op> op = merged_behind(
        layer.op, shapes.at(name), shapes.at(reader), std::get<Scale>(node.op));
    if (!op) continue;
    layer.op = std::move(*op);
    layer.inputs = node.inputs;
  }
  if (!reader_names(graph, name).empty()) return;
  std::erase_if(graph.nodes,
                [&](const Node& each) { return each.name == name; });
}

}  // namespace

Graph fold_scales(Graph graph) {
  const Shapes shapes = infer_shapes(graph);
  for (const std::string& name : node_names(graph)) {
    if (!std::holds_alternative<Scale>(graph.at(name).op)) continue;
    if (fold_into_layer_before(graph, shapes, name)) continue;
    fold_into_layers_behind(graph, shapes, name);
  }
  return graph;
}

}  // namespace nc
