#include "passes/place_max_pools.h"

#include <algorithm>
#include <set>

#include "ir/error.h"
#include "passes/rewrite.h"

namespace nc {
namespace {

bool never_decreases(const Op& op) {
  return std::holds_alternative<Relu>(op) || std::holds_alternative<Clip>(op) ||
         std::holds_alternative<Qcfs>(op);
}

// A threshold per position cannot move to where there are other positions.
bool is_per_channel(const Op& op) {
  const auto* qcfs = std::get_if<Qcfs>(&op);
  return !qcfs || qcfs->threshold.shape().size() == 1;
}

AvgPool average_of(const MaxPool& pool) {
  bool dilated = std::any_of(pool.dilation.begin(), pool.dilation.end(),
                             [](int64_t each) { return each != 1; });
  if (dilated) throw Error("a dilated max pool has no average form");
  return {pool.kernel, pool.stride, pool.padding, pool.ceil_mode, false};
}

// activation -> pool becomes pool -> activation, under the same names.
bool swap_with_activation(Graph& graph, const std::string& name) {
  const Node* before = only_input(graph, graph.at(name));
  if (!before || !never_decreases(before->op)) return false;
  if (!is_per_channel(before->op) || before->inputs.size() != 1) return false;
  if (reader_names(graph, before->name).size() != 1) return false;
  size_t first = index_of(graph, before->name);
  size_t second = index_of(graph, name);
  Node activation = graph.nodes[first];
  Node pool = graph.nodes[second];
  redirect(graph, pool.name, activation.name);
  pool.inputs = activation.inputs;
  activation.inputs = {pool.name};
  graph.nodes.erase(graph.nodes.begin() + static_cast<std::ptrdiff_t>(second));
  graph.nodes[first] = pool;
  graph.nodes.insert(
      graph.nodes.begin() + static_cast<std::ptrdiff_t>(first) + 1, activation);
  return true;
}

// Nodes whose value is the same at every step: no activation on the way.
std::set<std::string> constant_nodes(const Graph& graph) {
  std::set<std::string> constant;
  if (graph.run.encoding != Encoding::direct) return constant;
  for (const Node& node : graph.nodes) {
    bool steady = !never_decreases(node.op) && !as_neuron(node.op);
    for (const std::string& input : node.inputs) {
      steady = steady && constant.contains(input);
    }
    if (steady) constant.insert(node.name);
  }
  return constant;
}

void require_exact(const Graph& graph, const std::string& name) {
  if (constant_nodes(graph).contains(name)) return;
  throw Error("node '" + name +
              "': a max pool between spikes is exact only under " +
              "--schedule exact; or choose --max-pool=average");
}

}  // namespace

Graph place_max_pools(Graph graph, MaxPools choice, Schedule schedule) {
  for (const std::string& name : node_names(graph)) {
    const auto* pool = std::get_if<MaxPool>(&graph.at(name).op);
    if (!pool) continue;
    if (choice == MaxPools::average) {
      graph.find(name)->op = average_of(*pool);
      continue;
    }
    bool moved = swap_with_activation(graph, name);
    const Node* before = only_input(graph, graph.at(name));
    if (!moved && (!before || never_decreases(before->op))) {
      throw Error("node '" + name +
                  "': the max pool cannot move before the neuron, whose " +
                  "spikes are read elsewhere too; choose --max-pool=average");
    }
    if (schedule != Schedule::exact) require_exact(graph, name);
  }
  return graph;
}

}  // namespace nc
