#include "backends/nir/survey.h"

#include <algorithm>
#include <map>

#include "ir/error.h"
#include "ir/widths.h"

namespace nc::nir {
namespace {

// Takes the limits of all membranes out and gives them by node.
std::map<std::string, int64_t> take_limits(Graph& graph) {
  std::map<std::string, int64_t> limits;
  for (Node& node : graph.nodes) {
    auto* neuron = const_cast<Neuron*>(as_neuron(node.op));
    if (!neuron || neuron->membrane_bits == 0) continue;
    limits[node.name] = (int64_t{1} << (neuron->membrane_bits - 1)) - 1;
    neuron->membrane_bits = 0;
  }
  return limits;
}

int64_t largest(const Interval& interval) {
  return std::max(-std::max(interval.low, -kUnbounded), interval.high);
}

}  // namespace

// Nodes from which the output can be reached.
std::set<std::string> read_nodes(const Graph& graph) {
  std::set<std::string> found = {graph.output().name};
  size_t before = 0;
  while (found.size() > before) {
    before = found.size();
    for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
      if (!found.contains(node->name)) continue;
      for (const std::string& input : node->inputs) {
        found.insert(source_of(input));
      }
    }
  }
  return found;
}

bool reads_step_before(const Node& node) {
  return std::any_of(node.inputs.begin(), node.inputs.end(), is_feedback);
}

std::set<std::string> saturating_nodes(const Graph& graph) {
  Graph unlimited = graph;
  std::map<std::string, int64_t> limits = take_limits(unlimited);
  std::map<std::string, int64_t> reached;
  if (!limits.empty() && is_quantized(graph)) {
    for (const Width& width : widths(unlimited)) {
      reached[width.node] = largest(width.membrane);
    }
  }
  std::set<std::string> found;
  for (const auto& [name, limit] : limits) {
    bool inside = reached.contains(name) && reached[name] <= limit;
    if (!inside) found.insert(name);
  }
  return found;
}

bool fits_f32(const Graph& graph) {
  // Half units take one of the 24 and 53 binary digits.
  constexpr int64_t kSingle = int64_t{1} << 23;
  constexpr int64_t kDouble = int64_t{1} << 52;
  bool fits = true;
  for (const Width& width : widths(graph)) {
    int64_t most = std::max({largest(width.value), largest(width.accumulator),
                             largest(width.membrane)});
    fits &= most < kSingle;
    if (most < kDouble) continue;
    throw Error("node '" + width.node +
                "': its sums can reach 2^52, beyond what floats hold exactly");
  }
  return fits;
}

}  // namespace nc::nir
