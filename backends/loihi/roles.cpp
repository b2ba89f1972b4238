#include "backends/loihi/roles.h"

#include "ir/error.h"

namespace nc::loihi {
namespace {

Role role_of(const Node& node) {
  return std::visit(
      Overload{
          [](const Input&) { return Role::input; },
          [](const Output&) { return Role::readout; },
          [](const If&) { return Role::spiking; },
          [](const Lif&) { return Role::spiking; },
          [](const Li&) { return Role::leaky; },
          [](const Affine&) { return Role::weighted; },
          [](const Conv1d&) { return Role::weighted; },
          [](const Conv2d&) { return Role::weighted; },
          [](const Scale&) { return Role::weighted; },
          [](const SumPool&) { return Role::routing; },
          [](const Pad&) { return Role::routing; },
          [](const Flatten&) { return Role::routing; },
          [](const Reshape&) { return Role::routing; },
          [](const Permute&) { return Role::routing; },
          [](const Slice&) { return Role::routing; },
          [](const Concat&) { return Role::routing; },
          [&](const auto& op) -> Role {
            throw Error("node '" + node.name +
                        "': expected neurons, weighted layers, sum_pool or "
                        "rearrangements, found " +
                        op.kind + ", which Loihi cannot do");
          },
      },
      node.op);
}

// Finds out which values are currents, that is, have passed through weights
// since the last population.
class Currents {
 public:
  Currents(const Graph& graph, const Roles& roles)
      : graph_(graph), roles_(roles), known_(graph.nodes.size()) {}

  bool is_current(size_t node) {
    if (!roles_.is_linear(node)) return false;
    if (known_[node] == Known::visiting) {
      throw Error("node '" + graph_.nodes[node].name +
                  "': expected a neuron on the way of the feedback, found "
                  "linear ops only");
    }
    if (known_[node] == Known::nothing) {
      known_[node] = Known::visiting;
      bool current = any_input_is_current(node);
      current |= roles_.role[node] == Role::weighted;
      known_[node] = current ? Known::current : Known::payload;
    }
    return known_[node] == Known::current;
  }

 private:
  enum class Known { nothing, visiting, payload, current };

  bool any_input_is_current(size_t node) {
    bool current = false;
    for (const std::string& input : graph_.nodes[node].inputs) {
      current |= is_current(index_of(graph_, source_of(input)));
    }
    return current;
  }

  const Graph& graph_;
  const Roles& roles_;
  std::vector<Known> known_;
};

}  // namespace

std::vector<std::vector<Edge>> edges_of(const Graph& graph) {
  std::vector<std::vector<Edge>> edges(graph.nodes.size());
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const std::string& input : graph.nodes[i].inputs) {
      edges[i].push_back(
          {index_of(graph, source_of(input)), is_feedback(input)});
    }
  }
  return edges;
}

Roles assign_roles(const Graph& graph) {
  Roles roles;
  for (const Node& node : graph.nodes) roles.role.push_back(role_of(node));
  roles.relayed.resize(graph.nodes.size(), false);
  Currents currents(graph, roles);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    currents.is_current(i);
    if (roles.role[i] != Role::weighted) continue;
    for (const std::string& input : graph.nodes[i].inputs) {
      size_t source = index_of(graph, source_of(input));
      if (currents.is_current(source)) roles.relayed[source] = true;
    }
  }
  return roles;
}

}  // namespace nc::loihi
