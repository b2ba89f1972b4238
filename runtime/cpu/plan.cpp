#include "runtime/cpu/plan.h"

#include <algorithm>
#include <map>

#include "ir/error.h"
#include "ir/shapes.h"
#include "ir/widths.h"
#include "runtime/cpu/convolved.h"
#include "runtime/cpu/periodic.h"
#include "runtime/cpu/rearranged.h"
#include "runtime/cpu/runnable.h"

namespace nc {
namespace {

bool is_linear_term(const Op& op) {
  return std::holds_alternative<Affine>(op) ||
         std::holds_alternative<Conv1d>(op) ||
         std::holds_alternative<Conv2d>(op) ||
         std::holds_alternative<Scale>(op) ||
         std::holds_alternative<SumPool>(op);
}

bool only_moves(const Op& op) {
  return std::holds_alternative<Flatten>(op) ||
         std::holds_alternative<Reshape>(op) ||
         std::holds_alternative<Permute>(op) ||
         std::holds_alternative<Slice>(op) || std::holds_alternative<Pad>(op) ||
         std::holds_alternative<Concat>(op);
}

bool sums_currents(const Op& op) {
  return as_neuron(op) || std::holds_alternative<Li>(op) ||
         std::holds_alternative<Output>(op);
}

bool is_exact(const Graph& graph) {
  return is_spiking(graph) && graph.run.schedule == Schedule::exact;
}

Periodic longer(const Tensor& tensor, const Shape& shape) {
  return lengthened(periodic(tensor, shape));
}

class Planner {
 public:
  Planner(const Graph& graph, bool steps_vary)
      : graph_(graph),
        steps_vary_(steps_vary),
        widths_(widths(graph)),
        shapes_(infer_shapes(graph)) {
    plan_.timesteps = std::max<int64_t>(graph.run.timesteps, 1);
    plan_.exact = is_exact(graph);
    plan_.reads_membrane = graph.run.readout == Readout::membrane;
    plan_.output_scale = std::get<Output>(graph.output().op).scale;
    require_runnable(graph, widths_);
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      for (const std::string& input : graph.nodes[i].inputs) {
        ++reads_[source_of(input)];
        if (is_feedback(input)) remember(source_of(input));
      }
    }
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      for (const std::string& input : graph.nodes[i].inputs) {
        readers_[source_of(input)] = i;
      }
    }
  }

  Plan plan() {
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (!is_term(i)) add_node(i);
    }
    for (auto& [name, stage] : remembered_) {
      std::get<Remembered>(plan_.stages[stage].role).source =
          stage_of_.at(name);
    }
    find_last_readers();
    return std::move(plan_);
  }

 private:
  const Shape& shape(const std::string& node) const { return shapes_.at(node); }

  // Feedback is read from a stage of its own, which stands before all others.
  void remember(const std::string& source) {
    plan_.feeds_back = true;
    if (remembered_.contains(source)) return;
    Stage stage = blank(source, index_of(graph_, source));
    stage.name = "@" + source;
    stage.role = Remembered{};
    remembered_[source] = add(std::move(stage));
  }

  // Linear, and read by one neuron or the output alone.
  bool is_term(size_t i) const {
    const Node& node = graph_.nodes[i];
    if (!is_linear_term(node.op) || node.inputs.size() != 1) return false;
    auto reads = reads_.find(node.name);
    if (reads == reads_.end() || reads->second != 1) return false;
    if (remembered_.contains(node.name)) return false;
    return sums_currents(graph_.nodes[readers_.at(node.name)].op);
  }

  Stage blank(const std::string& name, size_t node) const {
    Stage stage;
    stage.name = name;
    stage.node = node;
    stage.shape = shape(graph_.nodes[node].name);
    stage.layout = layout_of(stage.shape);
    stage.storage = storage_for(widths_[node].value);
    stage.constant.assign(static_cast<size_t>(stage.layout.channels), 0);
    stage.dense_constant = stage.constant;
    stage.unchanging_constant = stage.constant;
    return stage;
  }

  static Storage storage_for(const Interval& value) {
    Storage storage;
    int64_t low = std::min<int64_t>(value.low, 0);
    int64_t high = std::max<int64_t>(value.high, 0);
    storage.bytes = high - low <= 255;
    storage.low = static_cast<int32_t>(low);
    storage.high = high;
    return storage;
  }

  size_t add(Stage stage) {
    plan_.stages.push_back(std::move(stage));
    return plan_.stages.size() - 1;
  }

  size_t stage_for(const std::string& input) const {
    std::string name = source_of(input);
    return is_feedback(input) ? remembered_.at(name) : stage_of_.at(name);
  }

  // The one stage that holds the sum of a node's inputs.
  size_t single_source(const Node& node) {
    if (node.inputs.size() == 1) return stage_for(node.inputs.front());
    Stage stage = blank(node.name + ".inputs", index_of(graph_, node.name));
    std::string first = source_of(node.inputs.front());
    stage.shape = shape(first);
    stage.layout = layout_of(stage.shape);
    stage.constant.assign(static_cast<size_t>(stage.layout.channels), 0);
    stage.dense_constant = stage.constant;
    stage.unchanging_constant = stage.constant;
    Interval sum{0, 0};
    for (const std::string& input : node.inputs) {
      const Interval& each = widths_[index_of(graph_, source_of(input))].value;
      sum.low += std::min<int64_t>(each.low, 0);
      sum.high += std::max<int64_t>(each.high, 0);
      add_term(stage, {Passed{}, stage_for(input)}, {}, {});
    }
    stage.storage = storage_for(sum);
    stage.role = Summed{};
    return finish(std::move(stage));
  }

  void add_node(size_t i) {
    const Node& node = graph_.nodes[i];
    std::optional<size_t> source;
    bool sums = sums_currents(node.op);
    if (!sums && !node.inputs.empty() && !holds<Concat>(node)) {
      source = single_source(node);
    }
    Stage stage = blank(node.name, i);
    if (holds<Input>(node)) {
      stage.role = feed_of(std::get<Input>(node.op));
      stage.fixed = !steps_vary_;
    } else if (sums) {
      for (const std::string& input : node.inputs) add_input(stage, input);
      stage.role = role_of(node);
    } else if (is_linear_term(node.op)) {
      add_linear(stage, node, *source);
      stage.role = Summed{};
    } else if (const auto* pool = std::get_if<MaxPool>(&node.op)) {
      const Stage& from = plan_.stages[*source];
      stage.role = MaxPooled{
          window_of(*pool, pool->kernel, from.layout, stage.layout), *source};
      stage.fixed = from.fixed;
    } else if (only_moves(node.op)) {
      rearrange(stage, node, source);
    } else {
      throw Error("node '" + node.name + "': the cpu engine has no integer " +
                  kind_of(node.op) + "; --engine reference may run it");
    }
    stage_of_[node.name] = finish(std::move(stage));
  }

  template <class Kind>
  static bool holds(const Node& node) {
    return std::holds_alternative<Kind>(node.op);
  }

  size_t finish(Stage stage) {
    if (std::holds_alternative<Summed>(stage.role)) {
      stage.fixed = stage.varying.empty();
    }
    stage.constant = lengthened(stage.constant);
    stage.dense_constant = lengthened(stage.dense_constant);
    stage.unchanging_constant = lengthened(stage.unchanging_constant);
    return add(std::move(stage));
  }

  // All encodings but direct know silence, 0.
  Feed feed_of(const Input& input) const {
    if (graph_.run.encoding == Encoding::direct) return {input.low, input.high};
    return {std::min<int64_t>(input.low, 0), std::max<int64_t>(input.high, 0)};
  }

  Role role_of(const Node& node) const {
    const Shape& s = shape(node.name);
    if (holds<Output>(node)) return ReadOut{};
    if (const auto* li = std::get_if<Li>(&node.op)) {
      return Leak{longer(li->decay, s)};
    }
    const Neuron& neuron = *as_neuron(node.op);
    const auto* lif = std::get_if<Lif>(&node.op);
    Fire fire{FireRule::of(neuron, lif != nullptr),
              longer(neuron.threshold, s),
              {},
              lif ? longer(lif->decay, s) : Periodic{},
              0};
    fire.initial = fire.threshold;
    for (int32_t& v : fire.initial) {
      v = neuron.initial == Initial::half ? v >> 1 : 0;
    }
    if (plan_.exact) {
      fire.most = static_cast<int32_t>(plan_.timesteps *
                                       ((int64_t{1} << neuron.levels) - 1));
    }
    return fire;
  }

  // One of the inputs that a neuron adds up: a linear op, or a stored value.
  void add_input(Stage& stage, const std::string& input) {
    size_t source = index_of(graph_, source_of(input));
    const Node& node = graph_.nodes[source];
    if (is_feedback(input) || !is_term(source)) {
      add_term(stage, {Passed{}, stage_for(input)}, {}, {});
    } else {
      add_linear(stage, node, stage_for(node.inputs.front()));
    }
  }

  void add_linear(Stage& stage, const Node& node, size_t source) {
    const Stage& from = plan_.stages[source];
    const Layout& in = from.layout;
    const Shape& out_shape = shape(node.name);
    Layout out = layout_of(out_shape);
    auto weighted = [&](const Window& window, const Tensor& weight,
                        const Tensor& bias) {
      Periodic low = offset_of_low(window, weight, from.storage.low);
      Periodic constant;
      if (!bias.empty()) constant = periodic(bias, out_shape);
      if (weight.to_integers().empty()) {
        throw Error("node '" + node.name + "': expected weights, found " +
                    to_string(weight.shape()));
      }
      int64_t row = largest_row(window, weight);
      if (row > kExactSum) {
        throw too_wide(node, "sums of |weight|", bits_for({0, row}),
                       bits_for({0, kExactSum}) - 1);
      }
      add_term(stage, {make_convolved(window, weight, from.storage), source},
               constant, low);
    };
    auto convolution = [&](const auto& op) {
      Shape kernel(op.weight.shape().begin() + 2, op.weight.shape().end());
      Window window = window_of(op, kernel, in, out);
      window.groups = op.groups;
      weighted(window, op.weight, op.bias);
    };
    if (const auto* op = std::get_if<Affine>(&node.op)) {
      weighted(Window{in, out}, op->weight, op->bias);
    } else if (const auto* conv = std::get_if<Conv1d>(&node.op)) {
      convolution(*conv);
    } else if (const auto* conv2 = std::get_if<Conv2d>(&node.op)) {
      convolution(*conv2);
    } else if (const auto* scale = std::get_if<Scale>(&node.op)) {
      Periodic offset;
      if (!scale->offset.empty()) offset = periodic(scale->offset, out_shape);
      add_term(stage, {Scaled{longer(scale->weight, out_shape)}, source},
               offset, {});
    } else {
      const auto& pool = std::get<SumPool>(node.op);
      add_term(stage, {Pooled{window_of(pool, pool.kernel, in, out)}, source},
               {}, {});
    }
  }

  // `constant` comes with every step, `low` once for each sum of inputs.
  void add_term(Stage& stage, Term term, const Periodic& constant,
                const Periodic& low) {
    bool fixed = plan_.stages[term.source].fixed;
    if (fixed) {
      Periodic& sum = stage.unchanging_constant;
      sum = added(added(std::move(sum), constant, 1), low, 1);
      stage.unchanging.push_back(std::move(term));
      return;
    }
    int64_t times = plan_.exact ? plan_.timesteps : 1;
    stage.constant = added(std::move(stage.constant), constant, times);
    Periodic& dense = stage.dense_constant;
    dense = added(added(std::move(dense), constant, times), low, 1);
    stage.varying.push_back(std::move(term));
  }

  void find_last_readers() {
    for (size_t i = 0; i < plan_.stages.size(); ++i) {
      plan_.stages[i].last_reader = i;
      for (size_t source : sources_of(plan_.stages[i])) {
        Stage& read = plan_.stages[source];
        read.last_reader = std::max(read.last_reader, i);
      }
    }
    for (const auto& [name, stage] : remembered_) {  // read at the next step
      size_t source = stage_of_.at(name);
      plan_.stages[source].last_reader = plan_.stages.size();
      plan_.stages[stage].last_reader = plan_.stages.size();
    }
  }

  // Ops that only move elements.
  void rearrange(Stage& stage, const Node& node,
                 const std::optional<size_t>& source) {
    std::vector<size_t> from;
    if (source) {
      from.push_back(*source);
    } else {
      for (const std::string& input : node.inputs) {
        from.push_back(stage_for(input));
      }
    }
    std::vector<MovedFrom> sources;
    stage.fixed = true;
    for (size_t each : from) {
      sources.push_back({each, plan_.stages[each].shape});
      stage.fixed = stage.fixed && plan_.stages[each].fixed;
    }
    bool window = plan_.exact && !stage.fixed;
    stage.role =
        rearranged(node.op, sources, stage.shape, window ? plan_.timesteps : 1);
  }

  const Graph& graph_;
  bool steps_vary_;
  std::vector<Width> widths_;
  std::map<std::string, Shape> shapes_;
  std::map<std::string, int> reads_;
  std::map<std::string, size_t> readers_;
  std::map<std::string, size_t> remembered_;
  std::map<std::string, size_t> stage_of_;
  Plan plan_;
};

}  // namespace

std::vector<size_t> sources_of(const Stage& stage) {
  std::vector<size_t> sources;
  for (const Term& term : stage.varying) sources.push_back(term.source);
  for (const Term& term : stage.unchanging) sources.push_back(term.source);
  if (const auto* pool = std::get_if<MaxPooled>(&stage.role)) {
    sources.push_back(pool->source);
  }
  if (const auto* move = std::get_if<Rearranged>(&stage.role)) {
    for (const auto& each : move->sources) sources.push_back(each.stage);
  }
  return sources;
}

bool may_use_events(const Stage& stage) {
  bool convolves = false;
  for (const Term& term : stage.varying) {
    const auto* convolved = std::get_if<Convolved>(&term.how);
    if (!convolved) continue;
    if (!convolved->rows && !convolved->scatter) return false;
    convolves = true;
  }
  return convolves;
}

Plan make_plan(const Graph& graph, bool steps_vary) {
  return Planner(graph, steps_vary).plan();
}

}  // namespace nc
