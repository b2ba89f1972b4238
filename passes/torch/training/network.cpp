#include "passes/torch/training/network.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "ir/error.h"
#include "ir/shapes.h"
#include "ir/widths.h"
#include "passes/torch/training/batch_norm.h"

namespace nc {
namespace {

constexpr int kFloatBits = 25;   // sign and 2^24
constexpr int kDoubleBits = 54;  // sign and 2^53
constexpr int kRoomBits = 2;     // for weights to grow

// Bits of the widest sum, and where it is; readouts are f64.
std::pair<int, std::string> widest_sum(const Graph& graph) {
  std::pair<int, std::string> widest;
  for (const Width& width : widths(graph)) {
    int bits = width.accumulator_bits;
    if (width.node != graph.output().name) {
      bits = std::max(bits, width.membrane_bits);
    }
    if (bits > widest.first) widest = {bits, width.node};
  }
  return widest;
}

at::ScalarType dtype_for(const Graph& graph) {
  if (!is_quantized(graph)) return at::kFloat;
  auto [bits, node] = widest_sum(graph);
  if (bits + kRoomBits <= kFloatBits) return at::kFloat;
  if (bits + kRoomBits <= kDoubleBits) return at::kDouble;
  throw Error("node '" + node + "': training holds sums of up to " +
              std::to_string(kDoubleBits - kRoomBits) + " bits, found " +
              std::to_string(bits));
}

bool multiplies_matrices(const Op& op) {
  return std::holds_alternative<Affine>(op) ||
         std::holds_alternative<Conv1d>(op) ||
         std::holds_alternative<Conv2d>(op);
}

at::Tensor at_step(const at::Tensor& values, int64_t step) {
  return values[values.size(0) == 1 ? 0 : step];
}

}  // namespace

TrainableNetwork::TrainableNetwork(const Graph& graph,
                                   const TrainOptions& options)
    : graph_(graph),
      options_(options),
      surrogate_(surrogate_of(options)),
      integers_(is_quantized(graph)),
      exact_(is_spiking(graph) && graph.run.schedule == Schedule::exact),
      steps_(std::max<int64_t>(graph.run.timesteps, 1)),
      slots_(make_slots(graph_, options_)),
      current_limit_(graph_, slots_, integers_ ? options.current_limit : 0),
      evaluator_(graph_, dtype_for(graph), at::kCPU),
      output_(index_of(graph_, graph_.output().name)),
      scale_(std::get<Output>(graph_.output().op).scale),
      values_(graph.nodes.size()) {
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    std::vector<size_t> sources;
    last_reader_.push_back(i);
    for (const std::string& input : graph_.nodes[i].inputs) {
      feeds_back_ |= is_feedback(input);
      sources.push_back(index_of(graph_, source_of(input)));
    }
    for (size_t source : sources) {
      size_t& last = last_reader_[std::min(source, i)];
      last = std::max(last, i);
    }
    sources_.push_back(sources);
  }
  require_trainable();
}

void TrainableNetwork::require_trainable() const {
  for (const Node& node : graph_.nodes) {
    const Neuron* neuron = as_neuron(node.op);
    bool leaks = std::holds_alternative<Lif>(node.op) ||
                 std::holds_alternative<Li>(node.op);
    bool resets = neuron && neuron->reset != Reset::subtract;
    if (exact_ && (leaks || resets || feeds_back_)) {
      throw Error("node '" + node.name +
                  "': schedule=exact needs neurons without leak and "
                  "feedback, reset by subtraction");
    }
    if (std::holds_alternative<Delay>(node.op)) {
      throw Error("node '" + node.name +
                  "': training does not go through a delay");
    }
    bool splits = options_.time_chunk > 0 && options_.time_chunk < steps_;
    if (splits && std::holds_alternative<BatchNorm>(node.op)) {
      throw Error("node '" + node.name + "': batch_norm has the statistics " +
                  "of all steps, which chunks of time do not see: run nc-fold");
    }
  }
  if (trained_count() == 0) {
    throw Error("the graph has no parameter that could be trained");
  }
}

size_t TrainableNetwork::trained_count() const {
  size_t count = 0;
  for (const auto& each : slots_) {
    count += static_cast<size_t>(
        std::count_if(each.begin(), each.end(),
                      [](const Slot& slot) { return slot.is_trained; }));
  }
  return count;
}

std::vector<Slot*> TrainableNetwork::trained() {
  std::vector<Slot*> found;
  for (auto& each : slots_) {
    for (Slot& slot : each) {
      if (slot.is_trained) found.push_back(&slot);
    }
  }
  return found;
}

std::vector<Slot*> TrainableNetwork::running() {
  std::vector<Slot*> found;
  for (auto& each : slots_) {
    for (Slot& slot : each) {
      if (slot.field == "mean" || slot.field == "variance") {
        found.push_back(&slot);
      }
    }
  }
  return found;
}

void TrainableNetwork::keep_within_limits() {
  for (Slot* slot : trained()) slot->keep_within_limits();
  current_limit_.keep();
}

void TrainableNetwork::require_exact() const {
  if (!integers_) return;
  auto [bits, node] = widest_sum(graph());
  bool wide = evaluator_.options().dtype() == at::kDouble;
  if (bits <= (wide ? kDoubleBits : kFloatBits)) return;
  throw Error("node '" + node + "': training has made sums of " +
              std::to_string(bits) + " bits, more than its numbers hold; use " +
              "a lower --lr");
}

at::Tensor TrainableNetwork::input_of(const Batch& batch) const {
  const Shape& expected = std::get<Input>(graph_.input().op).shape;
  if (batch.shape != expected) {
    throw Error("node '" + graph_.input().name + "': expected samples of " +
                to_string(expected) + ", found " + to_string(batch.shape));
  }
  if (batch.steps != 1 && batch.steps != steps_) {
    throw Error("expected inputs of 1 or " + std::to_string(steps_) +
                " steps, found " + std::to_string(batch.steps));
  }
  Shape shape = batch.shape;
  shape.insert(shape.begin(), {batch.samples, batch.steps});
  auto* data = const_cast<float*>(batch.values.data());
  at::Tensor values = at::from_blob(data, shape, at::kFloat)
                          .to(evaluator_.options().dtype(), false, true)
                          .transpose(0, 1)
                          .contiguous();
  if (!exact_) return values;
  at::Tensor total = values.sum(0, /*keepdim=*/true);
  return batch.steps == 1 ? total * static_cast<double>(steps_) : total;
}

at::Tensor TrainableNetwork::value(size_t node,
                                   const std::string& field) const {
  for (size_t i = 0; i < slots_[node].size(); ++i) {
    if (slots_[node][i].field == field) return values_[node][i];
  }
  return {};
}

// Made anew for every pass: they belong to its gradients.
void TrainableNetwork::use_parameters() {
  for (size_t i = 0; i < slots_.size(); ++i) {
    values_[i].clear();
    for (const Slot& slot : slots_[i]) {
      at::Tensor now = slot.value().to(evaluator_.options().dtype());
      bool image = options_.channels_last && now.dim() == 4;
      values_[i].push_back(
          image ? now.contiguous(at::MemoryFormat::ChannelsLast) : now);
    }
    at::Tensor weight = value(i, "weight");
    if (!weight.defined()) continue;
    const Op& op = graph_.nodes[i].op;
    if (std::holds_alternative<BatchNorm>(op)) continue;
    bool scale = std::holds_alternative<Scale>(op);
    at::Tensor bias = value(i, scale ? "offset" : "bias");
    if (bias.defined()) bias = evaluator_.aligned(bias, i);
    if (options_.precision == Precision::bf16 && multiplies_matrices(op)) {
      evaluator_.replace(i, weight.to(at::kBFloat16), {});
    } else {
      evaluator_.replace(i, scale ? evaluator_.aligned(weight, i) : weight,
                         bias);
    }
  }
}

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
    return integrate(node, TorchEvaluator::sum(inputs), count, state[node]);
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
  if (options_.precision == Precision::bf16 && multiplies_matrices(op)) {
    return in_bf16(node, TorchEvaluator::sum(inputs));
  }
  return evaluator_.evaluate(node, inputs,
                             exact_ ? static_cast<double>(steps_) : 1);
}

at::Tensor TrainableNetwork::in_bf16(size_t node, const at::Tensor& x) const {
  at::Tensor y =
      evaluator_.evaluate(node, {x.to(at::kBFloat16)}).to(x.scalar_type());
  at::Tensor bias = value(node, "bias");
  return bias.defined() ? y + evaluator_.aligned(bias, node) : y;
}

at::Tensor TrainableNetwork::normalised(size_t node, const at::Tensor& x,
                                        bool training) const {
  constexpr double kMomentum = 0.1;  // PyTorch's
  const auto& op = std::get<BatchNorm>(graph_.nodes[node].op);
  if (training && options_.others) {
    return batch_norm_of_all(
        *options_.others, x,
        {value(node, "weight"), value(node, "bias"), value(node, "mean"),
         value(node, "variance"), kMomentum, op.epsilon});
  }
  return at::batch_norm(x, value(node, "weight"), value(node, "bias"),
                        value(node, "mean"), value(node, "variance"), training,
                        kMomentum, op.epsilon, /*cudnn_enabled=*/false);
}

at::Tensor TrainableNetwork::fire(size_t node, const at::Tensor& z,
                                  int64_t count, NodeState& state,
                                  Totals& totals) const {
  const Neuron& neuron = *as_neuron(graph_.nodes[node].op);
  at::Tensor threshold = evaluator_.aligned(value(node, "threshold"), node);
  at::Tensor spikes;
  if (exact_) {
    spikes = counted(neuron, z, threshold, steps_, integers_);
  } else {
    at::Tensor decay = value(node, "decay");
    if (decay.defined()) decay = evaluator_.aligned(decay, node);
    NeuronRule rule{neuron,     threshold, decay,
                    surrogate_, integers_, options_.detach_reset};
    spikes = spike_train(rule, state.memory, z, count);
  }
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

void TrainableNetwork::watch(size_t node, const at::Tensor& values) {
  if (!not_finite_.empty() || values.isfinite().all().item().toBool()) return;
  not_finite_ = graph_.nodes[node].name;
}

std::string TrainableNetwork::first_not_finite(const at::Tensor& input) {
  at::NoGradGuard guard;
  not_finite_.clear();
  watching_ = true;
  forward(input, /*training=*/false);
  watching_ = false;
  return not_finite_;
}

}  // namespace nc
