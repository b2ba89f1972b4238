#include "passes/free_sums.h"

#include <algorithm>
#include <map>
#include <set>

#include "passes/rewrite.h"
#include "passes/weighted.h"

namespace nc {
namespace {

enum class Unit { own, free, mixed };

// `own`: integers with unit 1 (spikes, inputs). `free`: the scale of a
// weighted layer. `mixed`: a concat of both.
std::map<std::string, Unit> units_of(const Graph& graph) {
  std::map<std::string, Unit> units;
  for (const Node& node : graph.nodes) {
    Unit unit = Unit::own;
    if (weighted(node.op)) {
      unit = Unit::free;
    } else if (!is_source(node.op)) {
      std::set<Unit> read;
      for (const std::string& input : node.inputs) {
        auto found = units.find(source_of(input));
        read.insert(found == units.end() ? Unit::own : found->second);
      }
      unit = read.size() == 1 ? *read.begin() : Unit::mixed;
    }
    units[node.name] = unit;
  }
  return units;
}

// Whether `name` is reached from weighted layers by ops that keep channels.
bool is_aligned(const Graph& graph, const std::string& name) {
  const Node& node = graph.at(name);
  if (weighted(node.op)) return true;
  if (!keeps_channels(node.op)) return false;
  return std::all_of(node.inputs.begin(), node.inputs.end(),
                     [&](const std::string& input) {
                       return is_aligned(graph, source_of(input));
                     });
}

}  // namespace

bool is_source(const Op& op) {
  return as_neuron(op) || std::holds_alternative<Input>(op);
}

bool keeps_channels(const Op& op) {
  if (const auto* slice = std::get_if<Slice>(&op)) return slice->axis != 0;
  if (const auto* pad = std::get_if<Pad>(&op)) {
    return pad->before[0] == 0 && pad->after[0] == 0;
  }
  return std::holds_alternative<SumPool>(op) ||
         std::holds_alternative<MaxPool>(op);
}

Graph free_sums(Graph graph) {
  for (const std::string& name : node_names(graph)) {
    const std::map<std::string, Unit> units = units_of(graph);
    const Node node = graph.at(name);
    if (std::holds_alternative<Concat>(node.op)) continue;
    bool any_free = false;
    bool all_own = true;
    for (const std::string& input : node.inputs) {
      Unit unit = units.at(source_of(input));
      any_free |= unit != Unit::own;
      all_own &= unit == Unit::own;
    }
    bool fires = as_neuron(node.op) || std::holds_alternative<Li>(node.op);
    bool sums = node.inputs.size() > 1;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      std::string source = source_of(node.inputs[i]);
      bool own = units.at(source) == Unit::own;
      bool lone = fires && all_own;
      bool odd = sums && any_free && (own || !is_aligned(graph, source));
      if (!lone && !odd) continue;
      Tensor one({1}, std::vector<float>{1.0F});
      insert_on_edge(graph, name, i, source + "_current", Scale{one, {}});
    }
  }
  return graph;
}

}  // namespace nc
