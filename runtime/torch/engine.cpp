#include "runtime/torch/engine.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <optional>

#include "ir/error.h"
#include "ir/shapes.h"
#include "ir/verify.h"
#include "ir/widths.h"
#include "runtime/torch/delay.h"
#include "runtime/torch/evaluate.h"
#include "runtime/torch/neuron.h"

namespace nc {
namespace {

// The narrowest float that holds every integer of the graph exactly.
at::ScalarType dtype_for(const Graph& graph, bool bf16) {
  if (!is_quantized(graph)) return bf16 ? at::kBFloat16 : at::kFloat;
  constexpr int kFloatBits = 25;   // sign and 2^24
  constexpr int kDoubleBits = 54;  // sign and 2^53
  int bits = 0;
  for (const Width& width : widths(graph)) {
    bits = std::max(bits, width.accumulator_bits);
    // The readout is added up in f64 whatever the layers use.
    if (width.node != graph.output().name) {
      bits = std::max(bits, width.membrane_bits);
    }
    if (bits <= kDoubleBits) continue;
    throw Error("node '" + width.node + "': the torch engine holds up to 53 " +
                "bits exactly, found " + std::to_string(bits));
  }
  return bits <= kFloatBits ? at::kFloat : at::kDouble;
}

at::Device device_from(const std::string& name) {
  try {
    at::Device device(name);
    if (device.is_cpu() || at::hasCUDA()) return device;
  } catch (const c10::Error&) {
    throw Error("expected a device 'cpu' or 'cuda', found '" + name + "'");
  }
  throw Error("device '" + name + "': this LibTorch has no CUDA");
}

bool has_feedback(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    for (const std::string& input : node.inputs) {
      if (is_feedback(input)) return true;
    }
  }
  return false;
}

class TorchEngine : public Engine {
 public:
  TorchEngine(const Graph& graph, const TorchEngineOptions& options)
      : graph_(graph),
        integers_(is_quantized(graph)),
        exact_(is_spiking(graph) && graph.run.schedule == Schedule::exact),
        steps_(std::max<int64_t>(graph.run.timesteps, 1)),
        evaluator_(graph_, dtype_for(graph, options.bf16),
                   device_from(options.device)),
        scale_(std::get<Output>(graph_.output().op).scale) {
    if (options.threads > 0) at::set_num_threads(options.threads);
    if (options.channels_last) evaluator_.use_channels_last();
    require_window_form(graph_);
    feeds_back_ = has_feedback(graph_);
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      std::vector<size_t> sources;
      for (const std::string& input : graph_.nodes[i].inputs) {
        sources.push_back(index_of(graph_, source_of(input)));
      }
      sources_.push_back(sources);
      last_reader_.push_back(i);
      for (size_t source : sources) {
        last_reader_[source] = std::max(last_reader_[source], i);
      }
    }
  }

  std::string name() const override { return "torch"; }

  Outputs run(const Batch& batch, const Wishes& wishes) override {
    at::InferenceMode guard;
    require_fit(graph_, batch);
    Outputs outputs;
    outputs.samples = batch.samples;
    outputs.shape = evaluator_.shape(index_of(graph_, graph_.output().name));
    at::Tensor read = feeds_back_ ? run_steps(batch, wishes, outputs)
                                  : run_layers(batch, wishes, outputs);
    read_out(read, wishes, outputs);
    return outputs;
  }

 private:
  using Values = std::vector<at::Tensor>;  // [S, samples, ...], S = 1 or T

  // [S, samples, ...shape]
  at::Tensor input_of(const Batch& batch) const {
    Shape shape = batch.shape;
    shape.insert(shape.begin(), {batch.samples, batch.steps});
    auto* data = const_cast<float*>(batch.values.data());
    at::Tensor values = at::from_blob(data, shape, at::kFloat)
                            .to(evaluator_.options())
                            .transpose(0, 1);
    if (!exact_) return values;
    at::Tensor total = values.sum(0, /*keepdim=*/true);
    return batch.steps == 1 ? total * static_cast<double>(steps_) : total;
  }

  // Layer by layer; each value is [S, samples, ...].
  at::Tensor run_layers(const Batch& batch, const Wishes& wishes,
                        Outputs& outputs) {
    Values values(graph_.nodes.size());
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Op& op = graph_.nodes[i].op;
      if (std::holds_alternative<Input>(op)) {
        values[i] = input_of(batch);
      } else if (as_neuron(op) || std::holds_alternative<Li>(op)) {
        values[i] = remembering(i, values, wishes, outputs);
      } else if (const auto* delay = std::get_if<Delay>(&op)) {
        values[i] = delayed(i, *delay, sum_over_steps(inputs_of(i, values)));
      } else {
        values[i] = evaluate(i, values);
      }
      for (size_t source : sources_[i]) {
        if (last_reader_[source] == i) values[source] = at::Tensor();
      }
    }
    return values[index_of(graph_, graph_.output().name)];
  }

  std::vector<at::Tensor> inputs_of(size_t node, const Values& values) const {
    std::vector<at::Tensor> inputs;
    for (size_t source : sources_[node]) inputs.push_back(values[source]);
    return inputs;
  }

  at::Tensor evaluate(size_t node, const Values& values) const {
    std::vector<at::Tensor> inputs = inputs_of(node, values);
    int64_t steps = 1;
    for (const at::Tensor& each : inputs) steps = std::max(steps, each.size(0));
    for (at::Tensor& each : inputs) {
      if (each.size(0) != steps) {
        Shape sizes = each.sizes().vec();
        sizes[0] = steps;
        each = each.expand(sizes);
      }
      each = each.flatten(0, 1);
    }
    at::Tensor y = evaluator_.evaluate(
        node, inputs, exact_ ? static_cast<double>(steps_) : 1);
    Shape shape = y.sizes().vec();
    shape[0] /= steps;
    shape.insert(shape.begin(), steps);
    return y.reshape(shape);
  }

  at::Tensor remembering(size_t node, const Values& values,
                         const Wishes& wishes, Outputs& outputs) const {
    at::Tensor z = sum_over_steps(inputs_of(node, values));
    const Op& op = graph_.nodes[node].op;
    if (const auto* li = std::get_if<Li>(&op)) return integrate(node, *li, z);
    const Neuron& neuron = *as_neuron(op);
    at::Tensor threshold = evaluator_.broadcastable(neuron.threshold, node);
    if (exact_) {
      at::Tensor counts = exact_count(neuron, threshold, z, steps_, integers_);
      at::Tensor v = z + initial_membrane(neuron, threshold, integers_);
      v.addcmul_(counts, threshold, -1);
      record(node, counts, v, wishes, outputs);
      return counts;
    }
    TorchNeurons neurons(neuron, threshold, decay_of(node), integers_);
    neurons.keep_membranes(wishes.membranes);
    at::Tensor spikes = neurons.run(z, steps_);
    at::Tensor v = wishes.membranes ? at::stack(neurons.membranes()) : z;
    record(node, spikes, v, wishes, outputs);
    return spikes;
  }

  static at::Tensor sum_over_steps(const std::vector<at::Tensor>& inputs) {
    return TorchEvaluator::sum(inputs);  // [1, ...] broadcasts against [T, ...]
  }

  at::Tensor decay_of(size_t node) const {
    const auto* lif = std::get_if<Lif>(&graph_.nodes[node].op);
    return lif ? evaluator_.broadcastable(lif->decay, node) : at::Tensor();
  }

  at::Tensor integrate(size_t node, const Li& li, const at::Tensor& z) const {
    at::Tensor decay = evaluator_.broadcastable(li.decay, node);
    at::Tensor v = at::zeros_like(z[0]);
    std::vector<at::Tensor> trace;
    for (int64_t t = 0; t < steps_; ++t) {
      v = leaked(v, decay, integers_) + z[z.size(0) == 1 ? 0 : t];
      trace.push_back(v);
    }
    return at::stack(trace);
  }

  at::Tensor delayed(size_t node, const Delay& delay,
                     const at::Tensor& z) const {
    TorchDelay line(evaluator_.broadcastable(delay.steps, node));
    std::vector<at::Tensor> late;
    for (int64_t t = 0; t < steps_; ++t) {
      late.push_back(line.step(z[z.size(0) == 1 ? 0 : t]));
    }
    return at::stack(late);
  }

  // Step by step, for networks that feed back.
  at::Tensor run_steps(const Batch& batch, const Wishes& wishes,
                       Outputs& outputs) {
    at::Tensor input = input_of(batch);
    std::vector<std::optional<TorchNeurons>> neurons(graph_.nodes.size());
    std::vector<std::optional<TorchDelay>> lines(graph_.nodes.size());
    Values membranes(graph_.nodes.size());
    std::vector<Values> spikes(graph_.nodes.size());
    std::vector<Values> traces(graph_.nodes.size());
    Values previous = silence(batch);
    Values read;
    size_t output = index_of(graph_, graph_.output().name);
    for (int64_t t = 0; t < steps_; ++t) {
      Values now(graph_.nodes.size());
      for (size_t i = 0; i < graph_.nodes.size(); ++i) {
        const Op& op = graph_.nodes[i].op;
        std::vector<at::Tensor> inputs = step_inputs(i, now, previous);
        if (std::holds_alternative<Input>(op)) {
          now[i] = input[input.size(0) == 1 ? 0 : t];
        } else if (const Neuron* neuron = as_neuron(op)) {
          if (!neurons[i]) {
            neurons[i].emplace(*neuron,
                               evaluator_.broadcastable(neuron->threshold, i),
                               decay_of(i), integers_);
          }
          now[i] = neurons[i]->step(TorchEvaluator::sum(inputs));
          spikes[i].push_back(now[i]);
          if (wishes.membranes) {
            traces[i].push_back(neurons[i]->membrane().clone());
          }
        } else if (const auto* li = std::get_if<Li>(&op)) {
          at::Tensor z = TorchEvaluator::sum(inputs);
          at::Tensor decay = evaluator_.broadcastable(li->decay, i);
          bool first = !membranes[i].defined();
          membranes[i] = first ? z : leaked(membranes[i], decay, integers_) + z;
          now[i] = membranes[i];
        } else if (const auto* delay = std::get_if<Delay>(&op)) {
          if (!lines[i])
            lines[i].emplace(evaluator_.broadcastable(delay->steps, i));
          now[i] = lines[i]->step(TorchEvaluator::sum(inputs));
        } else {
          now[i] = evaluator_.evaluate(i, inputs);
        }
      }
      read.push_back(now[output]);
      previous = std::move(now);
    }
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (spikes[i].empty()) continue;
      at::Tensor train = at::stack(spikes[i]);
      at::Tensor v = wishes.membranes ? at::stack(traces[i]) : train;
      record(i, train, v, wishes, outputs);
    }
    return at::stack(read);
  }

  // What every node is taken to have given before the first step.
  Values silence(const Batch& batch) const {
    Values values;
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      Shape shape = evaluator_.shape(i);
      shape.insert(shape.begin(), batch.samples);
      values.push_back(at::zeros(shape, evaluator_.options()));
    }
    return values;
  }

  std::vector<at::Tensor> step_inputs(size_t node, const Values& now,
                                      const Values& previous) const {
    std::vector<at::Tensor> inputs;
    const Node& reader = graph_.nodes[node];
    for (size_t i = 0; i < reader.inputs.size(); ++i) {
      size_t source = sources_[node][i];
      inputs.push_back(is_feedback(reader.inputs[i]) ? previous[source]
                                                     : now[source]);
    }
    return inputs;
  }

  // spikes and membranes: [S, samples, ...]
  void record(size_t node, const at::Tensor& spikes, const at::Tensor& v,
              const Wishes& wishes, Outputs& outputs) const {
    LayerCount count;
    count.name = graph_.nodes[node].name;
    count.neurons = element_count(evaluator_.shape(node));
    count.spikes = spikes.abs().sum(at::kDouble).item().toLong();
    count.events = spikes.count_nonzero().item().toLong();
    outputs.layers.push_back(count);
    if (!wishes.spikes && !wishes.membranes) return;
    Train& train = outputs.trains[count.name];
    train.steps = spikes.size(0);
    train.neurons = count.neurons;
    at::Tensor flat = spikes.transpose(0, 1).to(at::kCPU, at::kInt);
    flat = flat.contiguous();
    const int32_t* first = flat.data_ptr<int32_t>();
    train.spikes.assign(first, first + flat.numel());
    if (!wishes.membranes) return;
    at::Tensor trace = v.transpose(0, 1).to(at::kCPU, at::kDouble).contiguous();
    const double* start = trace.data_ptr<double>();
    train.membrane.assign(start, start + trace.numel());
  }

  // read: [S, samples, ...]
  void read_out(const at::Tensor& read, const Wishes& wishes,
                Outputs& outputs) const {
    bool membrane = graph_.run.readout == Readout::membrane;
    at::Tensor values = read.to(at::kCPU, at::kDouble).flatten(2);
    if (!exact_ && values.size(0) != steps_) {
      values = values.expand({steps_, -1, -1});
    }
    double window = static_cast<double>(steps_);
    if (exact_) {
      outputs.values = doubles(values * (membrane ? scale_ : scale_ / window));
      return;
    }
    if (!membrane) {
      at::Tensor t = at::arange(1, steps_ + 1, at::kDouble).view({-1, 1, 1});
      values = values.cumsum(0) * (scale_ / t);
    } else {
      values = values * scale_;
    }
    outputs.values = doubles(values[steps_ - 1]);
    if (wishes.by_step) outputs.by_step = doubles(values);
  }

  static std::vector<double> doubles(const at::Tensor& tensor) {
    at::Tensor flat = tensor.contiguous();
    const double* first = flat.data_ptr<double>();
    return {first, first + flat.numel()};
  }

  Graph graph_;
  bool integers_;
  bool exact_;
  bool feeds_back_ = false;
  int64_t steps_;
  TorchEvaluator evaluator_;
  double scale_;
  std::vector<std::vector<size_t>> sources_;
  std::vector<size_t> last_reader_;
};

}  // namespace

std::unique_ptr<Engine> make_torch_engine(const Graph& graph,
                                          const TorchEngineOptions& options) {
  require_valid(graph);
  return std::make_unique<TorchEngine>(graph, options);
}

}  // namespace nc
