#include "runtime/engine.h"

#include <algorithm>

#include "ir/error.h"

namespace nc {
namespace {

bool has_window_form(const Node& node) {
  const Neuron* neuron = as_neuron(node.op);
  bool remembers = std::holds_alternative<Lif>(node.op) ||
                   std::holds_alternative<Li>(node.op) ||
                   std::holds_alternative<Delay>(node.op);
  bool feeds_back =
      std::any_of(node.inputs.begin(), node.inputs.end(), is_feedback);
  bool counts =
      !neuron || (neuron->reset == Reset::subtract && !neuron->strict);
  return !remembers && !feeds_back && counts;
}

}  // namespace

void require_fit(const Graph& graph, const Batch& batch) {
  const Shape& expected = std::get<Input>(graph.input().op).shape;
  if (batch.shape != expected) {
    throw Error("node '" + graph.input().name + "': expected samples of " +
                to_string(expected) + ", found " + to_string(batch.shape));
  }
  int64_t steps = std::max<int64_t>(graph.run.timesteps, 1);
  if (batch.steps == 1 || batch.steps == steps) return;
  throw Error("expected inputs of 1 or " + std::to_string(steps) +
              " steps, found " + std::to_string(batch.steps));
}

void require_window_form(const Graph& graph) {
  if (!is_spiking(graph) || graph.run.schedule != Schedule::exact) return;
  for (const Node& node : graph.nodes) {
    if (has_window_form(node)) continue;
    throw Error("node '" + node.name +
                "': schedule=exact needs neurons without leak, delay and "
                "feedback, reset by subtraction, that fire at v >= threshold");
  }
}

}  // namespace nc
