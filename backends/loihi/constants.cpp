#include "backends/loihi/constants.h"

#include <algorithm>

#include "backends/loihi/layout.h"

namespace nc::loihi {

Constants::Constants(const Graph& graph, const Roles& roles,
                     const Evaluator<int64_t>& evaluator)
    : graph_(graph),
      roles_(roles),
      evaluator_(evaluator),
      edges_(edges_of(graph)),
      known_(graph.nodes.size()) {}

std::vector<int64_t> Constants::biases_of(size_t node) {
  const Shape& shape = evaluator_.shape(node);
  if (roles_.is_linear(node)) return to_chip(value(node), shape);
  Integers sum = zeros(node);
  for (const Edge& edge : edges_[node]) {
    if (edge.feedback || roles_.sends(edge.from, node)) continue;
    const Integers& each = value(edge.from);
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += each[i];
  }
  return to_chip(sum, shape);
}

bool Constants::is_zero(size_t node) {
  const Integers& constant = value(node);
  return std::all_of(constant.begin(), constant.end(),
                     [](int64_t each) { return each == 0; });
}

Constants::Integers Constants::zeros(size_t node) const {
  size_t count = static_cast<size_t>(element_count(evaluator_.shape(node)));
  return Integers(count, 0);
}

const Constants::Integers& Constants::value(size_t node) {
  if (known_[node]) return *known_[node];
  std::vector<Integers> inputs;
  for (const Edge& edge : edges_[node]) {
    bool silent = edge.feedback || roles_.sends(edge.from, node);
    inputs.push_back(silent ? zeros(edge.from) : value(edge.from));
  }
  std::vector<const Integers*> pointers;
  for (const Integers& each : inputs) pointers.push_back(&each);
  bool exact = graph_.run.schedule == Schedule::exact;
  known_[node] =
      evaluator_.evaluate(node, pointers, exact ? graph_.run.timesteps : 1);
  return *known_[node];
}

}  // namespace nc::loihi
