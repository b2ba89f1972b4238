#include "passes/torch/training/batch_norm.h"
#include "passes/torch/training/network.h"
#include "passes/torch/training/qcfs.h"

namespace nc {
namespace {

at::Tensor at_step(const at::Tensor& values, int64_t step) {
  return values[values.size(0) == 1 ? 0 : step];
}

}  // namespace

void TrainableNetwork::add_to(at::Tensor& sum, const at::Tensor& more) {
  sum = sum.defined() ? sum + more : more;
}

Trace TrainableNetwork::forward(const at::Tensor& input, bool training) {
  use_parameters();
  State state(graph_.nodes.size());
  Totals totals;
  run_chunk(input, 0, steps_, training, state, totals);
  return trace_of(totals);
}

void TrainableNetwork::run_chunk(const at::Tensor& input, int64_t first,
                                 int64_t count, bool training, State& state,
                                 Totals& totals) {
  auto part = [&](int64_t from, int64_t length) {
    return input.size(0) == 1 ? input : input.slice(0, from, from + length);
  };
  if (!feeds_back_) {
    run_steps(part(first, count), count, training, state, totals);
    return;
  }
  for (int64_t t = first; t < first + count; ++t) {
    run_steps(part(t, 1), 1, training, state, totals);
  }
}

void TrainableNetwork::run_steps(const at::Tensor& input, int64_t count,
                                 bool training, State& state, Totals& totals) {
  Values values(graph_.nodes.size());
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    values[i] = std::holds_alternative<Input>(graph_.nodes[i].op)
                    ? input
                    : value_of(i, count, training, values, state, totals);
    if (watching_) watch(i, values[i]);
    for (size_t source : sources_[i]) {
      bool done = last_reader_[source] == i && !feeds_back_;
      if (done && source != output_) values[source] = at::Tensor();
    }
  }
  read_out(values[output_], count, totals);
  if (!feeds_back_) return;
  for (size_t i = 0; i < values.size(); ++i) state[i].previous = values[i];
}

at::Tensor TrainableNetwork::value_of(size_t node, int64_t count, bool training,
                                      const Values& values, State& state,
                                      Totals& totals) {
  std::vector<at::Tensor> inputs = inputs_of(node, values, state);
  const Op& op = graph_.nodes[node].op;
  if (as_neuron(op)) {
    return fire(node, TorchEvaluator::sum(inputs), count, state[node], totals);
  }
  if (std::holds_alternative<Li>(op)) {
    at::Tensor z = TorchEvaluator::sum(inputs).to(scalar_type());
    return integrate(node, z, count, state[node]);
  }
  return evaluate(node, std::move(inputs), training);
}

std::vector<at::Tensor> TrainableNetwork::inputs_of(size_t node,
                                                    const Values& values,
                                                    const State& state) const {
  std::vector<at::Tensor> inputs;
  const Node& reader = graph_.nodes[node];
  for (size_t i = 0; i < reader.inputs.size(); ++i) {
    size_t source = sources_[node][i];
    if (!is_feedback(reader.inputs[i])) {
      inputs.push_back(values[source]);
    } else if (state[source].previous.defined()) {
      inputs.push_back(state[source].previous);
    } else {
      Shape shape = evaluator_.shape(source);
      size_t input = index_of(graph_, graph_.input().name);
      shape.insert(shape.begin(), {1, values[input].size(1)});
      inputs.push_back(at::zeros(shape, evaluator_.options()));
    }
  }
  return inputs;
}

// All steps as one batch.
at::Tensor TrainableNetwork::evaluate(size_t node,
                                      std::vector<at::Tensor> inputs,
                                      bool training) {
  int64_t steps = 1;
  for (const at::Tensor& each : inputs) steps = std::max(steps, each.size(0));
  for (at::Tensor& each : inputs) {
    Shape sizes = each.sizes().vec();
    sizes[0] = steps;
    each = each.expand(sizes).flatten(0, 1);
  }
  at::Tensor y = evaluate_flat(node, inputs, training);
  return y.unflatten(0, {steps, y.size(0) / steps});
}

at::Tensor TrainableNetwork::evaluate_flat(
    size_t node, const std::vector<at::Tensor>& inputs, bool training) {
  const Op& op = graph_.nodes[node].op;
  if (std::holds_alternative<BatchNorm>(op)) {
    return normalised(node, TorchEvaluator::sum(inputs), training);
  }
  if (const auto* activation = std::get_if<Qcfs>(&op)) {
    at::Tensor threshold = evaluator_.aligned(value(node, "threshold"), node);
    return qcfs(TorchEvaluator::sum(inputs), threshold, activation->levels);
  }
  if (runs_in_bf16(op)) {
    return in_bf16(node, TorchEvaluator::sum(inputs));
  }
  std::vector<at::Tensor> values = inputs;
  if (!std::holds_alternative<Relu>(op)) {
    for (at::Tensor& each : values) each = each.to(scalar_type());
  }
  return evaluator_.evaluate(node, values,
                             exact_ ? static_cast<double>(steps_) : 1);
}

// Stays bf16 for the batch norm, sum and activation that follow, which compute
// in f32: half the memory to go through.
at::Tensor TrainableNetwork::in_bf16(size_t node, const at::Tensor& x) const {
  at::Tensor y = evaluator_.evaluate(node, {x.to(at::kBFloat16)});
  at::Tensor bias = value(node, "bias");
  return bias.defined() ? y + evaluator_.aligned(bias, node) : y;
}

at::Tensor TrainableNetwork::normalised(size_t node, const at::Tensor& x,
                                        bool training) const {
  constexpr double kMomentum = 0.1;  // PyTorch's
  const auto& op = std::get<BatchNorm>(graph_.nodes[node].op);
  if (training && options_.others) {
    return batch_norm_of_all(
        *options_.others, x.to(scalar_type()),
        {value(node, "weight"), value(node, "bias"), value(node, "mean"),
         value(node, "variance"), kMomentum, op.epsilon});
  }
  return at::batch_norm(x, value(node, "weight"), value(node, "bias"),
                        value(node, "mean"), value(node, "variance"), training,
                        kMomentum, op.epsilon, /*cudnn_enabled=*/false);
}

at::Tensor TrainableNetwork::fire(size_t node, const at::Tensor& current,
                                  int64_t count, NodeState& state,
                                  Totals& totals) const {
  const Neuron& neuron = *as_neuron(graph_.nodes[node].op);
  auto parameter = [&](const char* field) {
    at::Tensor found = value(node, field);
    return found.defined() ? evaluator_.aligned(found, node) : found;
  };
  at::Tensor z = current.to(membrane_types_[node]);
  at::Tensor threshold = parameter("threshold");
  at::Tensor spikes;
  if (exact_) {
    spikes = counted(neuron, z, threshold, steps_, integers_);
  } else {
    NeuronRule rule{neuron,     threshold, parameter("decay"),
                    surrogate_, integers_, options_.detach_reset};
    spikes = spike_train(rule, state.memory, z, count);
  }
  spikes = spikes.to(scalar_type());
  if (options_.rate_weight == 0) return spikes;
  double each = static_cast<double>(spikes[0].numel() * steps_);
  totals.activity.resize(graph_.nodes.size());
  add_to(totals.activity[node], spikes.abs().sum() / each);
  return spikes;
}

at::Tensor TrainableNetwork::integrate(size_t node, const at::Tensor& z,
                                       int64_t count, NodeState& state) const {
  at::Tensor decay = evaluator_.aligned(value(node, "decay"), node);
  at::Tensor v = state.memory.membrane;
  Values trace;
  for (int64_t t = 0; t < count; ++t) {
    at::Tensor now = at_step(z, t);
    v = v.defined() ? differentiable_leak(v, decay, integers_) + now : now;
    trace.push_back(v);
  }
  state.memory.membrane = v;
  return at::stack(trace);
}

void TrainableNetwork::read_out(const at::Tensor& read, int64_t count,
                                Totals& totals) const {
  at::Tensor values = read.to(at::kDouble).flatten(2);
  if (exact_) {
    totals.read = values[0];
  } else if (graph_.run.readout == Readout::membrane) {
    totals.read = at_step(values, count - 1);
  } else {
    at::Tensor sum = values.sum(0);
    bool same = values.size(0) == 1 && count > 1;
    add_to(totals.read, same ? sum * static_cast<double>(count) : sum);
  }
}

Trace TrainableNetwork::trace_of(const Totals& totals) const {
  bool last = graph_.run.readout == Readout::membrane;
  double scale = last ? scale_ : scale_ / static_cast<double>(steps_);
  Trace trace{totals.read * scale, {}};
  Values layers;
  for (const at::Tensor& each : totals.activity) {
    if (each.defined()) layers.push_back(each);
  }
  if (!layers.empty()) trace.activity = at::stack(layers);
  return trace;
}

}  // namespace nc
