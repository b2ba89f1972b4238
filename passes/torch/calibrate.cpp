#include "passes/calibrate.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "ir/error.h"
#include "ir/shapes.h"
#include "passes/rewrite.h"
#include "passes/torch/threshold.h"
#include "passes/weighted.h"
#include "runtime/torch/evaluate.h"
#include "runtime/torch/neuron.h"

namespace nc {
namespace {

// The activation's upper end, or nothing when the op is none that can spike.
std::optional<double> upper_end(const Op& op) {
  if (std::holds_alternative<Relu>(op)) {
    return std::numeric_limits<double>::infinity();
  }
  const auto* clip = std::get_if<Clip>(&op);
  if (clip && clip->low == 0) return clip->high;
  return std::nullopt;
}

void require_float_ann(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    if (as_neuron(node.op) || std::holds_alternative<Qcfs>(node.op)) {
      throw Error("node '" + node.name + "': expected an ANN to calibrate, " +
                  "found " + kind_of(node.op) + " (it is calibrated already)");
    }
  }
}

// [channels, values] of a batch [batch, channels, ...].
at::Tensor by_channel(const at::Tensor& values) {
  return values.transpose(0, 1).flatten(1);
}

// Walks the network once, with two values per node: what the ANN gives,
// [samples, ...], and what the network gives whose activations so far are
// quantised, [steps, samples, ...], steps = 1 or T.
class Calibrator {
 public:
  Calibrator(const Graph& graph, const Batch& batch,
             const CalibrationOptions& options)
      : graph_(graph),
        options_(options),
        evaluator_(graph_, at::kFloat, at::kCPU),
        ann_(graph.nodes.size()),
        spiking_(graph.nodes.size()),
        last_reader_(graph.nodes.size(), 0) {
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      for (const std::string& input : graph.nodes[i].inputs) {
        last_reader_[index_of(graph, source_of(input))] = i;
      }
    }
    read_input(batch);
  }

  Graph run(const Progress& progress) {
    at::InferenceMode guard;
    int64_t total = 0;
    for (const Node& node : graph_.nodes) {
      total += upper_end(node.op).has_value();
    }
    int64_t done = 0;
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      std::optional<double> cap = upper_end(graph_.nodes[i].op);
      if (cap) {
        if (progress) progress(done++, total);
        calibrate_activation(i, *cap);
      } else if (!std::holds_alternative<Input>(graph_.nodes[i].op)) {
        evaluate(i);
        if (std::holds_alternative<Output>(graph_.nodes[i].op)) {
          correct_output(i);
        }
      }
      release_inputs(i);
    }
    if (progress) progress(total, total);
    return with_results();
  }

 private:
  // Values of one layer over all steps stay below half a gigabyte.
  static constexpr int64_t kMostElements = int64_t{1} << 27;

  struct Result {
    size_t node;
    Tensor threshold;
    Tensor correction;  // to be added to the pre-activation; may be none
  };

  bool is_causal() const { return options_.schedule != Schedule::exact; }
  int64_t steps() const { return is_causal() ? options_.timesteps : 1; }

  void read_input(const Batch& batch) {
    Shape shape = batch.shape;
    shape.insert(shape.begin(), batch.samples);
    auto* data = const_cast<float*>(batch.values.data());
    at::Tensor x = at::from_blob(data, shape, at::kFloat).clone();
    int64_t widest = 1;
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      widest = std::max(widest, element_count(evaluator_.shape(i)));
    }
    int64_t fit = std::max<int64_t>(kMostElements / widest / steps(), 16);
    size_t input = index_of(graph_, graph_.input().name);
    ann_[input] = x;
    spiking_[input] = x.slice(0, 0, fit).unsqueeze(0);
  }

  std::vector<at::Tensor> inputs_of(const std::vector<at::Tensor>& values,
                                    size_t node) const {
    std::vector<at::Tensor> inputs;
    for (const std::string& input : graph_.nodes[node].inputs) {
      inputs.push_back(values[index_of(graph_, source_of(input))]);
    }
    return inputs;
  }

  void evaluate(size_t node) {
    ann_[node] = evaluator_.evaluate(node, inputs_of(ann_, node));
    std::vector<at::Tensor> inputs = inputs_of(spiking_, node);
    int64_t most = 1;
    for (const at::Tensor& each : inputs) most = std::max(most, each.size(0));
    for (at::Tensor& each : inputs) {
      std::vector<int64_t> sizes = each.sizes().vec();
      sizes[0] = most;
      each = each.expand(sizes).flatten(0, 1);
    }
    at::Tensor y = evaluator_.evaluate(node, inputs);
    std::vector<int64_t> sizes = y.sizes().vec();
    sizes[0] /= most;
    sizes.insert(sizes.begin(), most);
    spiking_[node] = y.reshape(sizes);
  }

  void calibrate_activation(size_t node, double cap) {
    at::Tensor z = TorchEvaluator::sum(inputs_of(ann_, node));
    at::Tensor threshold = find_threshold(rows(sampled(z)), cap, options_);
    bool balancing = options_.method == CalibrationMethod::ltb;
    at::Tensor target = z.clamp(0, cap);
    ann_[node] =
        balancing ? at::minimum(target, aligned(threshold, node)) : target;
    at::Tensor current = TorchEvaluator::sum(inputs_of(spiking_, node));
    at::Tensor correction;
    if (options_.bias_correction) {
      int64_t samples = current.size(1);
      correction = corrected(node, z.slice(0, 0, samples),
                             target.slice(0, 0, samples), current, threshold);
      current = current + aligned(correction, node);
    }
    spiking_[node] = activate(node, current, threshold);
    keep(node, threshold, correction);
  }

  // The last layer has no activation, but a mean to be brought back as well.
  void correct_output(size_t node) {
    if (!options_.bias_correction) return;
    const at::Tensor& found = spiking_[node];
    at::Tensor wanted = ann_[node].slice(0, 0, found.size(1));
    output_correction_ =
        from_torch(channel_mean(wanted) - channel_mean(found.flatten(0, 1)));
  }

  // Per channel, or one row for the whole layer.
  at::Tensor rows(const at::Tensor& channels) const {
    return options_.per_layer ? channels.flatten().unsqueeze(0) : channels;
  }

  // Enough pre-activations per channel to know their distribution.
  static at::Tensor sampled(const at::Tensor& z) {
    constexpr int64_t kMostPerChannel = 1 << 16;
    at::Tensor channels = by_channel(z);
    int64_t stride = (channels.size(1) - 1) / kMostPerChannel + 1;
    // An odd stride does not stay in one column of the images.
    return channels.slice(1, 0, channels.size(1), stride | 1).contiguous();
  }

  // [channels] or [1], shaped to broadcast against [batch, channels, ...].
  at::Tensor aligned(const at::Tensor& values, size_t node) const {
    std::vector<int64_t> sizes(evaluator_.shape(node).size(), 1);
    sizes[0] = values.size(0);
    return values.reshape(sizes);
  }

  // theta * (spikes of every step), or theta * count / T in one.
  at::Tensor activate(size_t node, const at::Tensor& current,
                      const at::Tensor& threshold) const {
    If neuron;
    neuron.is_signed = options_.signed_neurons;
    neuron.levels = options_.neuron_levels;
    int64_t payload = (int64_t{1} << neuron.levels) - 1;
    at::Tensor unit = aligned(threshold / static_cast<double>(payload), node);
    if (is_causal()) {
      TorchNeurons neurons(neuron, unit, {}, false);
      return neurons.run(current, options_.timesteps).mul_(unit);
    }
    double steps = static_cast<double>(options_.timesteps);
    at::Tensor counts =
        exact_count(neuron, unit, current * steps, options_.timesteps, false);
    return counts.mul_(unit / steps);
  }

  static at::Tensor channel_mean(const at::Tensor& values) {
    return by_channel(values).mean(1);
  }

  // First the mean current is brought to the ANN's, then the mean output. (The
  // threshold stays: refitted on what the layer receives, noise and all, it
  // shrinks, and accuracy with it.)
  at::Tensor corrected(size_t node, const at::Tensor& z,
                       const at::Tensor& target, const at::Tensor& current,
                       const at::Tensor& threshold) const {
    constexpr int kRefinements = 1;  // more of them gave less on held-out data
    at::Tensor correction =
        channel_mean(z) - channel_mean(current.flatten(0, 1));
    at::Tensor wanted = channel_mean(target);
    for (int i = 0; i < kRefinements; ++i) {
      at::Tensor output =
          activate(node, current + aligned(correction, node), threshold);
      correction = correction + wanted - channel_mean(output.flatten(0, 1));
    }
    return correction;
  }

  static Tensor from_torch(const at::Tensor& values) {
    at::Tensor flat = values.to(at::kFloat).contiguous();
    const float* first = flat.data_ptr<float>();
    return Tensor({flat.numel()},
                  std::vector<float>(first, first + flat.numel()));
  }

  void keep(size_t node, const at::Tensor& threshold,
            const at::Tensor& correction) {
    Result result{node, from_torch(threshold), {}};
    if (correction.defined()) result.correction = from_torch(correction);
    results_.push_back(std::move(result));
  }

  void release_inputs(size_t node) {
    for (const std::string& input : graph_.nodes[node].inputs) {
      size_t source = index_of(graph_, source_of(input));
      if (last_reader_[source] != node) continue;
      ann_[source] = at::Tensor();
      spiking_[source] = at::Tensor();
    }
  }

  Graph with_results() const {
    Graph graph = graph_;
    for (const Result& result : results_) {
      const std::string& name = graph_.nodes[result.node].name;
      graph.find(name)->op = Qcfs{result.threshold, options_.levels()};
      if (!result.correction.empty()) {
        add_correction(graph, name, result.correction);
      }
    }
    if (!output_correction_.empty()) {
      add_correction(graph, graph.output().name, output_correction_);
    }
    return graph;
  }

  // On an edge from a layer that nobody else reads, so that nc-fold can merge
  // it into that layer's bias.
  static void add_correction(Graph& graph, const std::string& name,
                             const Tensor& correction) {
    const Node node = graph.at(name);
    size_t edge = 0;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      const Node& source = graph.at(source_of(node.inputs[i]));
      bool adds = weighted(source.op).has_value() ||
                  std::holds_alternative<BatchNorm>(source.op);
      if (!adds || reader_names(graph, source.name).size() != 1) continue;
      edge = i;
      break;
    }
    Tensor one({1}, std::vector<float>{1.0F});
    insert_on_edge(graph, name, edge, name + "_correction",
                   Scale{one, correction});
  }

  const Graph& graph_;
  CalibrationOptions options_;
  TorchEvaluator evaluator_;
  std::vector<at::Tensor> ann_;
  std::vector<at::Tensor> spiking_;
  std::vector<size_t> last_reader_;
  std::vector<Result> results_;
  Tensor output_correction_;
};

}  // namespace

Graph calibrate(Graph graph, const Batch& batch,
                const CalibrationOptions& options, const Progress& progress) {
  require_float_ann(graph);
  return Calibrator(graph, batch, options).run(progress);
}

}  // namespace nc
