#include "runtime/cpu/runnable.h"

#include <algorithm>
#include <map>

#include "ir/shapes.h"
#include "runtime/cpu/fire.h"
#include "runtime/engine.h"

namespace nc {
namespace {

constexpr int kMostBits = 31;

void require_bits(const Node& node, const std::string& what, int bits) {
  if (bits > kMostBits) throw too_wide(node, what, bits, kMostBits);
}

void require_values(const Node& node, const Shape& shape) {
  if (element_count(shape) >= 1) return;
  throw Error("node '" + node.name + "': expected values, found the shape " +
              to_string(shape));
}

void require_end(const Node& node, const std::string& output) {
  for (const std::string& input : node.inputs) {
    if (source_of(input) != output) continue;
    throw Error("node '" + node.name +
                "': the cpu engine reads out what reaches the output; "
                "--engine reference also reads it");
  }
}

void require_decay(const Node& node, const Tensor& decay) {
  for (int64_t each : decay.to_integers()) {
    if (each >= 0 && each <= 4096) continue;
    throw Error("node '" + node.name +
                "': expected a decay from 0 to 4096, in 1/4096, found " +
                std::to_string(each));
  }
}

void require_decay(const Node& node) {
  std::visit(Overload{[&](const Lif& op) { require_decay(node, op.decay); },
                      [&](const Li& op) { require_decay(node, op.decay); },
                      [](const auto&) {}},
             node.op);
}

void require_neuron(const Node& node, const Neuron& neuron, const Run& run) {
  if (neuron.strict) {
    throw Error("node '" + node.name +
                "': the cpu engine fires at v >= threshold; --engine "
                "reference also at v > threshold");
  }
  std::vector<int64_t> thresholds = neuron.threshold.to_integers();
  int64_t most = *std::max_element(thresholds.begin(), thresholds.end());
  require_bits(node, "threshold * 2^(levels-1)",
               bits_for({0, most}) + static_cast<int>(neuron.levels) - 1);
  if (run.schedule != Schedule::exact) return;
  int64_t steps = std::max<int64_t>(run.timesteps, 1);
  int64_t count = steps * ((int64_t{1} << neuron.levels) - 1);
  if (count <= kMostCount) return;
  throw Error("node '" + node.name + "': the cpu engine counts up to 2^20 " +
              "spikes, found " + std::to_string(count) +
              "; --engine reference counts more");
}

}  // namespace

Error too_wide(const Node& node, const std::string& what, int bits, int most) {
  return Error("node '" + node.name + "': the cpu engine holds " + what +
               " of up to " + std::to_string(most) + " bits, found " +
               std::to_string(bits) + "; --engine reference holds 64");
}

void require_runnable(const Graph& graph, const std::vector<Width>& widths) {
  require_window_form(graph);
  std::map<std::string, Shape> shapes = infer_shapes(graph);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    require_values(node, shapes.at(node.name));
    require_end(node, graph.output().name);
    require_decay(node);
    require_bits(node, "sums", widths[i].accumulator_bits);
    if (std::holds_alternative<Output>(node.op)) continue;  // added in 64 bits
    require_bits(node, "membranes", widths[i].membrane_bits);
    if (const Neuron* neuron = as_neuron(node.op)) {
      require_neuron(node, *neuron, graph.run);
    }
  }
}

}  // namespace nc
