#include "passes/spike_activations.h"

#include <charconv>

#include "ir/error.h"
#include "passes/rewrite.h"

namespace nc {
namespace {

[[noreturn]] void refuse(const Node& node, const std::string& what) {
  std::string from = node.origin.empty() ? "" : " (" + node.origin[0] + ")";
  throw Error("node '" + node.name + "'" + from + ": " + kind_of(node.op) +
              " " + what);
}

void require_spiking_form(const Node& node) {
  std::visit(
      Overload{
          [&](const Relu&) {
            refuse(node, "has no threshold: run nc-calibrate");
          },
          [&](const Clip&) {
            refuse(node, "has no threshold: run nc-calibrate");
          },
          [&](const BatchNorm&) { refuse(node, "is not folded: run nc-fold"); },
          [&]<class Kind>(const Kind&) {
            if constexpr (std::is_same_v<Kind, LeakyRelu> ||
                          std::is_same_v<Kind, Silu> ||
                          std::is_same_v<Kind, Gelu> ||
                          std::is_same_v<Kind, Sigmoid> ||
                          std::is_same_v<Kind, Tanh>) {
              refuse(node, "has no spiking form: train with ReLU instead");
            }
          },
      },
      node.op);
}

Tensor divided(const Tensor& tensor, double by) {
  std::vector<double> values = tensor.to_doubles();
  for (double& value : values) value /= by;
  return float_tensor(tensor.shape(), values);
}

}  // namespace

NeuronKind parse_neuron_kind(const std::string& text) {
  if (text == "if") return {};
  if (text == "signed-if") return {true, 1};
  if (text.starts_with("levels:")) {
    int64_t levels = 0;
    const char* end = text.data() + text.size();
    auto [stop, code] = std::from_chars(text.data() + 7, end, levels);
    if (code == std::errc() && stop == end && levels >= 1 && levels <= 8) {
      return {false, levels};
    }
  }
  throw Error(
      "expected a neuron 'if', 'signed-if' or 'levels:1' to "
      "'levels:8', found '" +
      text + "'");
}

Graph spike_activations(Graph graph, const NeuronKind& kind, int64_t timesteps,
                        Schedule schedule) {
  for (const std::string& name : node_names(graph)) {
    Node* node = graph.find(name);
    require_spiking_form(*node);
    const auto* qcfs = std::get_if<Qcfs>(&node->op);
    if (!qcfs) continue;
    double most = static_cast<double>((int64_t{1} << kind.levels) - 1);
    Tensor threshold = divided(qcfs->threshold, most);
    If neuron;
    neuron.threshold = threshold;
    neuron.is_signed = kind.is_signed;
    neuron.levels = kind.levels;
    node->op = neuron;
    insert_after(graph, name, name + "_spike", Scale{threshold, {}});
  }
  graph.run.timesteps = timesteps;
  graph.run.schedule = schedule;
  return graph;
}

}  // namespace nc
