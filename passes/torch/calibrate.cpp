#include "passes/calibrate.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <optional>

#include "ir/error.h"
#include "ir/shapes.h"
#include "passes/torch/calibrated.h"
#include "passes/torch/columns.h"
#include "passes/torch/fixed_threads.h"
#include "passes/torch/own_layer.h"
#include "passes/torch/reconstruct.h"
#include "passes/torch/shift.h"
#include "passes/torch/threshold.h"
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

// Walks the network once, with two values per node: what the ANN gives,
// [samples, ...], and what the network gives whose activations so far are
// quantised, [steps, samples, ...], steps = 1 or T. Samples are those that are
// dealt to this process.
class Calibrator {
 public:
  Calibrator(const Graph& graph, const Batch& batch,
             const CalibrationOptions& options)
      : graph_(graph),
        options_(options),
        dealt_{options.others},
        samples_(batch.samples),
        evaluator_(graph_, at::kFloat, at::kCPU),
        ann_(graph.nodes.size()),
        spiking_(graph.nodes.size()),
        own_layer_(graph.nodes.size()),
        last_reader_(graph.nodes.size(), 0) {
    find_readers();
    count_samples();
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
        if (is_output(i)) correct_output(i);
      }
      release_values(i);
    }
    if (progress) progress(total, total);
    return with_findings(graph_, findings_, options_.levels());
  }

 private:
  // Values of one layer over all steps stay below half a gigabyte.
  static constexpr int64_t kMostElements = int64_t{1} << 27;

  bool is_causal() const { return options_.schedule != Schedule::exact; }
  int64_t steps() const { return is_causal() ? options_.timesteps : 1; }

  bool is_output(size_t node) const {
    return std::holds_alternative<Output>(graph_.nodes[node].op);
  }

  // What a layer receives is kept until the activation behind it is done.
  void find_readers() {
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      keep_inputs(i, i);
      const Node& node = graph_.nodes[i];
      if (!options_.weight_correction) continue;
      if (!upper_end(node.op) && !is_output(i)) continue;
      own_layer_[i] = own_layer(graph_, node);
      if (own_layer_[i]) keep_inputs(own_layer_[i]->node, i);
    }
  }

  void keep_inputs(size_t node, size_t until) {
    for (const std::string& input : graph_.nodes[node].inputs) {
      size_t& last = last_reader_[index_of(graph_, source_of(input))];
      last = std::max(last, until);
    }
  }

  void release_values(size_t node) {
    for (size_t i = 0; i < node; ++i) {
      if (last_reader_[i] != node) continue;
      ann_[i] = at::Tensor();
      spiking_[i] = at::Tensor();
    }
  }

  void count_samples() {
    if (!dealt_.others) return;
    int64_t own = samples_;
    dealt_.others->name_sums("samples");
    dealt_.others->add_up(&samples_, 1);
    assert(own == dealt_.own(samples_));
    static_cast<void>(own);
  }

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
    spiking_samples_ = std::min(fit, samples_);
    if (spiking_samples_ < dealt_.size()) {
      throw Error("corrections of this network are made on " +
                  std::to_string(spiking_samples_) +
                  " samples, which are fewer than the " +
                  std::to_string(dealt_.size()) + " processes");
    }
    size_t input = index_of(graph_, graph_.input().name);
    ann_[input] = x;
    spiking_[input] = x.slice(0, 0, dealt_.own(spiking_samples_)).unsqueeze(0);
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
    spiking_[node] = by_step(evaluator_.evaluate(node, inputs), most);
  }

  // [steps, samples, ...] of [steps * samples, ...].
  static at::Tensor by_step(const at::Tensor& values, int64_t steps) {
    return values.unflatten(0, {steps, values.size(0) / steps});
  }

  void calibrate_activation(size_t node, double cap) {
    name_sums(node);
    at::Tensor z = TorchEvaluator::sum(inputs_of(ann_, node));
    Columns columns = sampled_columns(z, samples_, dealt_);
    at::Tensor threshold = find_threshold(
        options_.per_layer ? as_one_row(columns) : columns, cap, options_);
    bool balancing = options_.method == CalibrationMethod::ltb;
    at::Tensor target = z.clamp(0, cap);
    ann_[node] =
        balancing ? at::minimum(target, aligned(threshold, node)) : target;
    at::Tensor current = TorchEvaluator::sum(inputs_of(spiking_, node));
    int64_t samples = current.size(1);
    z = z.slice(0, 0, samples);
    target = target.slice(0, 0, samples);
    Finding finding{graph_.nodes[node].name, threshold, {}, {}, {}};
    if (options_.weight_correction) {
      current = reconstruct_layer(node, z, current, {0, cap}, finding);
    }
    if (options_.bias_correction) {
      correct_bias(node, z, target, current, finding);
    }
    spiking_[node] = activate(node, current, threshold);
    findings_.push_back(std::move(finding));
  }

  // The last layer has no activation, but errors to be made up for as well.
  void correct_output(size_t node) {
    name_sums(node);
    at::Tensor found = spiking_[node];
    at::Tensor wanted = ann_[node].slice(0, 0, found.size(1));
    Finding finding{graph_.nodes[node].name, {}, {}, {}, {}};
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (options_.weight_correction) {
      reconstruct_layer(node, wanted, found, {-kInfinity, kInfinity}, finding);
    } else if (options_.bias_correction) {
      finding.correction =
          channel_mean(wanted) - channel_mean(found.flatten(0, 1));
    }
    findings_.push_back(std::move(finding));
  }

  // Writes the change of the node's own layer into `finding`; gives the current
  // after it. A node without such a layer gets the mean that it lacks.
  at::Tensor reconstruct_layer(size_t node, const at::Tensor& z,
                               const at::Tensor& current, const Ends& ends,
                               Finding& finding) const {
    finding.correction = channel_mean(z) - channel_mean(current.flatten(0, 1));
    if (!own_layer_[node]) return current + aligned(finding.correction, node);
    const Node& layer = graph_.nodes[own_layer_[node]->node];
    at::Tensor x =
        TorchEvaluator::sum(inputs_of(spiking_, own_layer_[node]->node));
    WeightChange change = reconstruct(layer.op, x.mean(0), z, current.mean(0),
                                      ends, spiking_samples_, dealt_);
    finding.layer = layer.name;
    auto [usable, factor] = inverse_gain(own_layer_[node]->gain);
    finding.correction = at::where(usable, change.bias, finding.correction);
    std::vector<int64_t> per_row(static_cast<size_t>(change.weight.dim()), 1);
    per_row[0] = -1;
    at::Tensor weight = change.weight * usable.reshape(per_row);
    finding.weight = weight * factor.reshape(per_row);
    at::Tensor more =
        by_step(apply_weights(layer.op, weight, x.flatten(0, 1)), x.size(0));
    return current + more + aligned(finding.correction, node);
  }

  // 1 / gain, and for which channels it is one: what a batch norm multiplies by
  // nearly 0 cannot be changed in front of it.
  static std::pair<at::Tensor, at::Tensor> inverse_gain(
      const std::vector<double>& gain) {
    at::Tensor values = at::tensor(gain, at::kDouble);
    at::Tensor size = values.abs();
    at::Tensor usable = size.gt(1e-6 * size.max());
    at::Tensor inverse = at::where(usable, values, at::ones_like(values));
    return {usable, inverse.reciprocal().to(at::kFloat)};
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

  // Over the samples of all processes.
  at::Tensor channel_mean(const at::Tensor& values) const {
    return mean_of_all(dealt_.others, by_channel(values), 1);
  }

  void name_sums(size_t node) const {
    if (!dealt_.others) return;
    dealt_.others->name_sums("what is known of node '" +
                             graph_.nodes[node].name + "'");
  }

  void correct_bias(size_t node, const at::Tensor& z, const at::Tensor& target,
                    at::Tensor& current, Finding& finding) const {
    at::Tensor correction =
        options_.weight_correction
            ? shifted(node, target, current, finding.threshold)
            : corrected(node, z, target, current, finding.threshold);
    current = current + aligned(correction, node);
    finding.correction = finding.correction.defined()
                             ? finding.correction + correction
                             : correction;
  }

  // On so many samples as are enough to compare errors; a process may have none
  // of them.
  at::Tensor shifted(size_t node, const at::Tensor& target,
                     const at::Tensor& current,
                     const at::Tensor& threshold) const {
    constexpr int64_t kEnough = int64_t{1} << 23;
    int64_t each = std::max(current[0][0].numel() * steps(), int64_t{1});
    int64_t samples =
        dealt_.own(std::clamp<int64_t>(kEnough / each, 1, spiking_samples_));
    at::Tensor few = current.slice(1, 0, samples);
    at::Tensor wanted = target.slice(0, 0, samples);
    at::Tensor unit = threshold.expand({evaluator_.shape(node)[0]}) /
                      static_cast<double>(options_.levels());
    return least_error_shift(unit, [&](const at::Tensor& shift) {
      at::Tensor found =
          activate(node, few + aligned(shift, node), threshold).mean(0);
      return channel_mean((found - wanted).square());
    });
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

  const Graph& graph_;
  CalibrationOptions options_;
  Dealt dealt_;
  int64_t samples_;              // of all processes
  int64_t spiking_samples_ = 0;  // the first so many of them
  TorchEvaluator evaluator_;
  std::vector<at::Tensor> ann_;
  std::vector<at::Tensor> spiking_;
  std::vector<std::optional<OwnLayer>> own_layer_;
  std::vector<size_t> last_reader_;
  std::vector<Finding> findings_;
};

}  // namespace

Graph calibrate(Graph graph, const Batch& batch,
                const CalibrationOptions& options, const Progress& progress) {
  require_float_ann(graph);
  FixedThreads threads;
  return Calibrator(graph, batch, options).run(progress);
}

}  // namespace nc
