#include "passes/scale_groups.h"

#include "passes/free_sums.h"
#include "passes/weighted.h"

namespace nc {
namespace {

// All weighted layers whose currents reach `name`.
void collect(const Graph& graph, const std::string& name,
             std::set<std::string>& layers) {
  const Node& node = graph.at(name);
  bool has_weights = weighted(node.op).has_value();
  if (has_weights) layers.insert(name);
  if (has_weights || is_source(node.op)) return;
  for (const std::string& input : node.inputs) {
    collect(graph, source_of(input), layers);
  }
}

}  // namespace

ScaleGroups::ScaleGroups(const Graph& graph) {
  for (const Node& node : graph.nodes) parent_[node.name] = node.name;
  for (const Node& node : graph.nodes) tie(graph, node);
  for (const Node& node : graph.nodes) {
    if (weighted(node.op)) members_[root(node.name)].push_back(node.name);
  }
}

const std::string& ScaleGroups::root(const std::string& name) const {
  const std::string& parent = parent_.at(name);
  return parent == name ? parent : root(parent);
}

void ScaleGroups::join(const std::string& a, const std::string& b) {
  const std::string from = root(a), to = root(b);
  if (uniform_.contains(from)) uniform_.insert(to);
  parent_[from] = to;
}

// The layers that meet in a sum, or at the output, share their scales.
void ScaleGroups::tie(const Graph& graph, const Node& node) {
  bool ends = std::holds_alternative<Output>(node.op);
  bool sums =
      node.inputs.size() > 1 && !std::holds_alternative<Concat>(node.op);
  if (!ends && !sums) return;
  std::set<std::string> layers;
  for (const std::string& input : node.inputs) {
    collect(graph, source_of(input), layers);
  }
  for (const std::string& layer : layers) join(layer, *layers.begin());
  if (ends && !layers.empty()) uniform_.insert(root(*layers.begin()));
}

const std::vector<std::string>& ScaleGroups::members(
    const std::string& name) const {
  return members_.at(root(name));
}

bool ScaleGroups::is_uniform(const std::string& name) const {
  return uniform_.contains(root(name));
}

}  // namespace nc
