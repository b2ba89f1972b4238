#include "tools/support/spiking.h"

#include <algorithm>
#include <charconv>

#include "ir/error.h"
#include "ir/shapes.h"
#include "passes/fold_preprocessing.h"
#include "passes/fold_scales.h"
#include "passes/lower_pools.h"
#include "passes/place_max_pools.h"
#include "passes/quantize.h"
#include "passes/quantize_input.h"
#include "passes/remove_identities.h"
#include "passes/run.h"
#include "passes/sink_scales.h"
#include "passes/spike_activations.h"
#include "passes/store_probe.h"
#include "runtime/encoding.h"
#include "runtime/framed_samples.h"
#include "tools/support/choice.h"
#include "tools/support/data.h"
#include "tools/support/main.h"

namespace nc {
namespace {

// The T of a network that spikes already, or for which thresholds were found.
int64_t calibrated_timesteps(const Graph& graph, const NeuronKind& kind) {
  if (is_spiking(graph)) return graph.run.timesteps;
  for (const Node& node : graph.nodes) {
    const auto* qcfs = std::get_if<Qcfs>(&node.op);
    if (!qcfs) continue;
    int64_t payload = (int64_t{1} << kind.levels) - 1;
    return std::max<int64_t>(qcfs->levels / payload, 1);
  }
  return 8;
}

StoredRange parse_range(const std::string& text) {
  StoredRange range;
  const char* end = text.data() + text.size();
  auto [colon, first] = std::from_chars(text.data(), end, range.low);
  bool separated = first == std::errc() && colon < end && *colon == ':';
  if (separated) {
    auto [stop, second] = std::from_chars(colon + 1, end, range.high);
    if (second == std::errc() && stop == end && range.low < range.high) {
      return range;
    }
  }
  throw Error("--input-range: expected LOW:HIGH, found '" + text + "'");
}

// Whether stored samples have the shape that a batch is made of: framed for T
// timesteps, or not framed and not for the encoding events.
bool fit(const Graph& graph, const Tensor& samples) {
  if (samples.empty()) return false;
  const Shape& input = std::get<Input>(graph.input().op).shape;
  bool framed = samples.shape().size() == input.size() + 2;
  if (graph.run.encoding != Encoding::events) return !framed;
  return framed && samples.size(1) == graph.run.timesteps;
}

// Products of one sample in all steps.
double products(const Graph& graph) {
  std::map<std::string, Shape> shapes = infer_shapes(graph);
  double total = 0;
  for (const Node& node : graph.nodes) {
    const Shape& shape = shapes.at(node.name);
    double weights = std::visit(
        [](const auto& op) {
          if constexpr (requires {
                          op.weight.shape();
                          op.bias;
                        }) {
            return static_cast<double>(op.weight.size());
          }
          return 0.0;
        },
        node.op);
    total += weights * static_cast<double>(element_count(shape) / shape[0]);
  }
  return total * static_cast<double>(graph.run.timesteps);
}

// The reference engine takes seconds for a sample of a large network, which is
// said, and then gets fewer of them.
int64_t probe_samples(const Graph& graph) {
  constexpr int64_t kMost = 4;
  constexpr double kMany = 2e9;
  double each = products(graph);
  if (each < kMany) return kMost;
  say("runs the reference engine for the spikes of 2 probe samples, of " +
      std::to_string(static_cast<int64_t>(each / 1e9)) +
      " billion products each");
  return 2;
}

// Stored samples, if calibration left any, as the quantised input holds them.
Batch probe_from_samples(const Graph& graph, const Tensor& samples,
                         const Preprocessing& preprocessing) {
  int64_t most = probe_samples(graph);
  if (!fit(graph, samples)) return random_probe(graph, most);
  Dataset data;
  data.name = "probe";
  data.shape = Shape(samples.shape().begin() + 1, samples.shape().end());
  data.size = samples.size(0);
  data.preprocessing = preprocessing;
  for (double value : samples.to_doubles()) {
    data.values.push_back(static_cast<float>(value));
  }
  return make_batch(graph, data, 0, std::min(data.size, most));
}

QuantizeOptions quantize_options(const SpikingJob& job) {
  QuantizeOptions options;
  const char* end = job.bits.data() + job.bits.size();
  auto [stop, code] = std::from_chars(job.bits.data(), end, options.bits);
  bool in_range = options.bits >= 2 && options.bits <= 16;
  if (code != std::errc() || stop != end || !in_range) {
    throw Error("--bits: expected 2 to 16 or float, found '" + job.bits + "'");
  }
  if (job.limits == "loihi2") {
    options.current_limit = kLoihiCurrentLimit;
    options.membrane_bits = kLoihiMembraneBits;
  } else if (job.limits != "none") {
    throw Error("--limits: expected none or loihi2, found '" + job.limits +
                "'");
  }
  return options;
}

// Calibration on framed samples leaves the encoding events.
void choose_encoding(Graph& graph, const SpikingJob& job, int64_t timesteps,
                     int64_t calibrated) {
  bool on_events = graph.run.encoding == Encoding::events;
  if (!job.encoding.empty()) {
    graph.run.encoding = choice<Encoding>("--encoding", job.encoding);
  }
  if (on_events && graph.run.encoding == Encoding::events &&
      timesteps != calibrated) {
    warn("the network was calibrated on the mean of " +
         std::to_string(calibrated) + " frames; those of " +
         std::to_string(timesteps) + " timesteps hold other counts");
  }
}

void adopt_range(Graph& graph, const std::string& specification,
                 int64_t timesteps) {
  Dataset data = open_data(specification, Split::train);
  const Shape& shape = std::get<Input>(graph.input().op).shape;
  if (is_framed(data, shape)) return adopt_frames(graph, data, timesteps);
  adopt_data(graph, data);
}

}  // namespace

void add_spiking_options(CLI::App& app, SpikingJob& job) {
  app.add_option("-T,--timesteps", job.timesteps, "timesteps; 0: as calibrated")
      ->capture_default_str()
      ->check(CLI::Range(0, 4096));
  app.add_option("--schedule", job.schedule, "causal, pipelined or exact")
      ->capture_default_str();
  app.add_option("--neuron", job.neuron, "if, signed-if or levels:N")
      ->capture_default_str();
  app.add_option("--bits", job.bits, "of the weights, 2 to 16, or float")
      ->capture_default_str();
  app.add_option("--max-pool", job.max_pool,
                 "move (before the neuron, where exact) or average")
      ->capture_default_str()
      ->check(CLI::IsMember({"move", "average"}));
  app.add_option("--limits", job.limits,
                 "none, or loihi2: sums and membranes fit the chip's 24 bits")
      ->capture_default_str();
  app.add_option(
      "--encoding", job.encoding,
      "direct, rate, latency or events; default: events for a network "
      "that was calibrated on events, otherwise direct");
  app.add_option("--input-range", job.input_range,
                 "LOW:HIGH of the input when calibration saw no data");
  app.add_option("--data", job.data,
                 "data of that range, by default the train split, for networks "
                 "that were not calibrated");
}

Graph run_spiking(Graph graph, const SpikingJob& job) {
  NeuronKind kind = parse_neuron_kind(job.neuron);
  int64_t timesteps =
      job.timesteps > 0 ? job.timesteps : calibrated_timesteps(graph, kind);
  Schedule schedule = choice<Schedule>("--schedule", job.schedule);
  MaxPools pools = job.max_pool == "move" ? MaxPools::move : MaxPools::average;
  if (!job.input_range.empty()) graph.run.range = parse_range(job.input_range);
  if (!job.data.empty()) adopt_range(graph, job.data, timesteps);
  choose_encoding(graph, job, timesteps, calibrated_timesteps(graph, kind));
  Tensor samples = graph.run.probe.input;
  graph.run.probe = {};
  bool spikes = is_spiking(graph);  // without nc-calibrate and nc-fold
  bool integers = job.bits != "float";
  QuantizeOptions numbers;
  if (integers) numbers = quantize_options(job);
  std::vector<Pass> passes = {
      {"place-max-pools",
       [&](Graph g) { return place_max_pools(std::move(g), pools, schedule); }},
      {"spike-activations",
       [&](Graph g) {
         return spike_activations(std::move(g), kind, timesteps, schedule);
       }},
      {"lower-pools", lower_pools}};
  if (integers) {
    passes.push_back({"quantize-input",
                      [](Graph g) { return quantize_input(std::move(g)); }});
  }
  if (spikes)
    passes.insert(passes.begin(), {"fold-preprocessing", fold_preprocessing});
  passes.push_back({"sink-scales", sink_scales});
  passes.push_back({"fold-scales", fold_scales});
  passes.push_back({"remove-identities", remove_identities});
  if (integers) {
    passes.push_back(
        {"quantize", [&](Graph g) { return quantize(std::move(g), numbers); }});
  }
  graph = run_passes(std::move(graph), passes);
  if (!integers) return graph;
  Batch probe = probe_from_samples(graph, samples, graph.run.preprocessing);
  return store_probe(std::move(graph), probe);
}

}  // namespace nc
