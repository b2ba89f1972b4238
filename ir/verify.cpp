#include "ir/verify.h"

#include <cmath>
#include <set>

#include "ir/error.h"
#include "ir/shapes.h"

namespace nc {
namespace {

constexpr int64_t kMaxTimesteps = 1000000;

class Verifier {
 public:
  explicit Verifier(const Graph& graph) : graph_(graph) {}

  std::vector<Problem> run() {
    check_ends();
    for (const Node& node : graph_.nodes) check_node(node);
    check_run();
    if (problems_.empty()) check_shapes();
    return std::move(problems_);
  }

 private:
  void report(const std::string& message) {
    problems_.push_back({current_, message});
  }

  void check_ends() {
    int inputs = 0;
    int outputs = 0;
    for (const Node& node : graph_.nodes) {
      inputs += std::holds_alternative<Input>(node.op);
      outputs += std::holds_alternative<Output>(node.op);
      all_.insert(node.name);
    }
    if (inputs != 1) report_count("input", inputs);
    if (outputs != 1) report_count("output", outputs);
  }

  void report_count(const char* kind, int found) {
    report(std::string("expected one ") + kind + " node, found " +
           std::to_string(found));
  }

  void check_node(const Node& node) {
    current_ = node.name;
    if (!is_valid_name(node.name)) report("the name is not a valid one");
    if (seen_.contains(node.name)) report("the name stands twice");
    check_inputs(node);
    check_fields(node);
    seen_.insert(node.name);
    current_.clear();
  }

  void check_inputs(const Node& node) {
    bool needs_none = std::holds_alternative<Input>(node.op);
    if (needs_none != node.inputs.empty()) {
      report(needs_none ? "expected no inputs" : "expected inputs, found none");
    }
    for (const std::string& input : node.inputs) {
      if (!all_.contains(source_of(input))) {
        report("reads '" + source_of(input) + "', which does not exist");
      } else if (!is_feedback(input) && !seen_.contains(input)) {
        report("reads '" + input + "', which does not stand before it");
      }
    }
  }

  void check_shapes() {
    infer_shapes(graph_, [&](const Node& node, const std::string& what) {
      problems_.push_back({node.name, what});
    });
  }

  void check_fields(const Node& node) {
    std::visit(
        [&](const auto& op) {
          for_each_field(op, [&](const auto& field, const auto& value) {
            check_value(field.name, field.required, value);
          });
          check_meaning(op);
        },
        node.op);
  }

  template <class Value>
  void check_value(const char* field, bool required, const Value& value) {
    if constexpr (std::is_same_v<Value, Tensor>) {
      if (value.empty() && required) {
        report(std::string("the field '") + field + "' is missing");
      }
      if (value.empty() || value.is_integer()) return;
      for (float each : value.template values<float>()) {
        if (std::isfinite(each)) continue;
        report(std::string("'") + field +
               "' holds a number that is not finite");
        return;
      }
    } else if constexpr (std::is_same_v<Value, double>) {
      // A clip may be open to one side; nothing else may be infinite.
      bool open = std::isinf(value) &&
                  (std::string(field) == "low" || std::string(field) == "high");
      if (!open && !std::isfinite(value)) {
        report(std::string("'") + field + "' is not finite");
      }
    }
  }

  template <class Kind>
  void check_meaning(const Kind& op) {
    if constexpr (std::is_same_v<Kind, Input>) {
      if (op.shape.empty()) report("the input has no axes");
      for (int64_t size : op.shape) {
        if (size < 1) report("the input is empty: " + to_string(op.shape));
      }
      if (op.step < 0 || op.low > op.high) report("step, low, high disagree");
    } else if constexpr (std::is_same_v<Kind, Clip>) {
      if (!(op.low < op.high)) report("expected low < high");
    } else if constexpr (std::is_same_v<Kind, Qcfs>) {
      check_positive("threshold", op.threshold);
      if (op.levels < 1) report("expected levels >= 1");
    } else if constexpr (IsNeuron<Kind>) {
      // v > threshold and a reset to a value have a meaning for any threshold.
      bool any = op.strict && op.reset != Reset::subtract;
      if (!any) check_positive("threshold", op.threshold);
      check_neuron(op);
    } else if constexpr (std::is_same_v<Kind, Delay>) {
      check_delay(op.steps);
    } else if constexpr (std::is_same_v<Kind, BatchNorm>) {
      for (double each : op.variance.to_doubles()) {
        if (each + op.epsilon > 0) continue;
        report("the variance is not positive");
        return;
      }
    }
  }

  void check_neuron(const Neuron& neuron) {
    if (neuron.levels < 1 || neuron.levels > 24) {
      report("expected levels from 1 to 24, found " +
             std::to_string(neuron.levels));
    }
    bool bits = neuron.membrane_bits == 0 ||
                (neuron.membrane_bits >= 2 && neuron.membrane_bits <= 62);
    if (!bits) report("expected membrane_bits of 0 or from 2 to 62");
    bool soft = neuron.reset == Reset::subtract;
    if (neuron.is_signed && !soft) report("signed needs reset=subtract");
    if (neuron.levels > 1 && !soft) report("levels need reset=subtract");
    if (neuron.levels > 1 && neuron.strict) {
      report("strict and levels cannot be combined");
    }
    if (neuron.is_signed && neuron.levels > 1) {
      report("signed and levels cannot be combined");
    }
  }

  void check_delay(const Tensor& steps) {
    if (steps.empty()) return;  // reported already
    if (!steps.is_integer()) return report("expected steps as integers");
    for (int64_t each : steps.to_integers()) {
      if (each >= 0 && each <= kMaxTimesteps) continue;
      report("expected delays from 0 to " + std::to_string(kMaxTimesteps) +
             " steps, found " + std::to_string(each));
      return;
    }
  }

  void check_positive(const char* field, const Tensor& tensor) {
    for (double each : tensor.to_doubles()) {
      if (each > 0) continue;
      report(std::string("expected every ") + field + " above 0, found " +
             std::to_string(each));
      return;
    }
  }

  void check_run() {
    const Run& run = graph_.run;
    if (run.timesteps < 0 || run.timesteps > kMaxTimesteps) {
      report("expected T from 0 to " + std::to_string(kMaxTimesteps) +
             ", found " + std::to_string(run.timesteps));
    }
    for (double each : run.preprocessing.std) {
      if (!(each > 0)) report("expected every std above 0");
    }
    for (const auto& [name, hash] : run.probe.spikes) {
      if (!all_.contains(name)) {
        report("the probe speaks of '" + name + "', which does not exist");
      }
    }
  }

  const Graph& graph_;
  std::string current_;
  std::set<std::string> all_;
  std::set<std::string> seen_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> verify(const Graph& graph) {
  return Verifier(graph).run();
}

void require_valid(const Graph& graph) {
  std::vector<Problem> problems = verify(graph);
  if (problems.empty()) return;
  const Problem& first = problems.front();
  std::string text = first.node.empty() ? "" : "node '" + first.node + "': ";
  text += first.message;
  if (problems.size() > 1) {
    text += " (and " + std::to_string(problems.size() - 1) + " more)";
  }
  throw Error(text);
}

}  // namespace nc
