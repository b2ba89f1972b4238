#include "tools/support/report.h"

#include <nlohmann/json.hpp>

#include "ir/atomic_file.h"
#include "runtime/synaptic_operations.h"
#include "tools/support/main.h"
#include "tools/support/tables.h"

namespace nc {
namespace {

using Json = nlohmann::ordered_json;

double per_neuron(int64_t count, const LayerCount& layer, int64_t samples) {
  return static_cast<double>(count) /
         static_cast<double>(layer.neurons * samples);
}

// The share of neuron-steps without a spike.
double sparsity(const LayerCount& layer, const Report& report) {
  double steps = static_cast<double>(
      report.graph.run.schedule == Schedule::exact
          ? 1
          : std::max<int64_t>(report.graph.run.timesteps, 1));
  return 1 - per_neuron(layer.events, layer, report.result.samples) / steps;
}

bool is_random(const Report& report) {
  return report.graph.run.timesteps > 0 &&
         report.graph.run.encoding == Encoding::rate;
}

Json layers_of(const Report& report) {
  Json layers = Json::array();
  for (const LayerCount& layer : report.result.layers) {
    layers.push_back({{"name", layer.name},
                      {"neurons", layer.neurons},
                      {"spikes_per_neuron",
                       per_neuron(layer.spikes, layer, report.result.samples)},
                      {"sparsity", sparsity(layer, report)}});
    auto hash = report.result.spike_hashes.find(layer.name);
    if (hash == report.result.spike_hashes.end()) continue;
    layers.back()["spikes_sha256"] = hash->second;
  }
  return layers;
}

Json costs_of(const CpuCosts& costs) {
  Json layers = Json::array();
  for (const CpuLayerCost& layer : costs.layers) {
    layers.push_back({{"name", layer.name},
                      {"density", layer.density},
                      {"share_by_events", layer.share_by_events},
                      {"seconds", layer.seconds},
                      {"operations_per_second", operation_rate(layer)},
                      {"roofline_share", roofline_share(layer)}});
  }
  return {{"roofline_operations_per_second", costs.peak}, {"layers", layers}};
}

Json to_json(const Report& report) {
  const RunResult& result = report.result;
  Json json;
  bool labelled = result.score.samples > 0;
  json["accuracy"] = labelled ? Json(result.score.accuracy()) : Json();
  json["correct"] = labelled ? Json(result.score.correct) : Json();
  json["samples"] = result.samples;
  json["data"] = report.data.name;
  json["split"] = report.data.split;
  json["timesteps"] = report.graph.run.timesteps;
  json["schedule"] = name_of(report.graph.run.schedule);
  json["encoding"] = name_of(report.graph.run.encoding);
  json["seed"] = is_random(report) ? Json(report.seed) : Json();
  json["engine"] = report.engine;
  json["version"] = version();
  json["processes"] = report.processes;
  json["seconds"] = result.seconds;
  json["passes"] = report.passes;
  json["layers"] = layers_of(report);
  if (!result.layers.empty()) {
    SynapticOperations operations =
        synaptic_operations(report.graph, result.layers, result.samples);
    json["synaptic_operations"] = operations.events;
    json["input_operations"] = operations.from_input;
    json["dense_operations"] = operations.dense;
  }
  if (!result.by_step.empty()) {
    Json steps = Json::array();
    for (const Score& score : result.by_step) steps.push_back(score.accuracy());
    json["accuracy_by_step"] = steps;
  }
  json["warnings"] = result.warnings;
  if (report.costs) json["costs"] = costs_of(*report.costs);
  return json;
}

// What the input looks like at each step, where it is not the image itself.
std::string encoding_text(const Report& report) {
  Encoding encoding = report.graph.run.encoding;
  if (encoding == Encoding::direct) return "";
  std::string text = " " + name_of(encoding);
  if (is_random(report)) text += " (seed " + std::to_string(report.seed) + ")";
  return text;
}

std::string headline(const Report& report) {
  const RunResult& result = report.result;
  std::string text = report.data.name + " " + report.data.split + ", " +
                     std::to_string(result.samples) + " samples, engine " +
                     report.engine;
  if (report.graph.run.timesteps > 0) {
    text += ", T=" + std::to_string(report.graph.run.timesteps) + " " +
            name_of(report.graph.run.schedule) + encoding_text(report);
  }
  if (report.processes > 1) {
    text += ", " + std::to_string(report.processes) + " processes";
  }
  text += ", " + fixed(result.seconds, 1) + " s\n";
  if (result.score.samples == 0) return text + "no labels: no accuracy\n";
  return text + "accuracy " + percent(result.score.accuracy()) + " (" +
         std::to_string(result.score.correct) + " of " +
         std::to_string(result.score.samples) + ")\n";
}

}  // namespace

std::string text_of(const Report& report) {
  std::string text = headline(report);
  if (!report.result.by_step.empty()) {
    std::vector<Row> rows = {{"t", "accuracy"}};
    for (size_t t = 0; t < report.result.by_step.size(); ++t) {
      rows.push_back({std::to_string(t + 1),
                      percent(report.result.by_step[t].accuracy())});
    }
    text += table(rows);
  }
  if (report.result.layers.empty()) return text;
  std::vector<Row> rows = {{"layer", "neurons", "spikes/neuron", "sparsity"}};
  for (const LayerCount& layer : report.result.layers) {
    rows.push_back(
        {layer.name, std::to_string(layer.neurons),
         fixed(per_neuron(layer.spikes, layer, report.result.samples), 3),
         percent(sparsity(layer, report))});
  }
  text += table(rows);
  for (const auto& [name, hash] : report.result.spike_hashes) {
    text += "spikes of " + name + " " + hash + "\n";
  }
  if (report.costs) text += text_of(*report.costs);
  return text;
}

void write_json(const Report& report, const std::string& path) {
  std::string text = to_json(report).dump(1) + "\n";
  write_atomically(path, std::as_bytes(std::span(text)));
}

}  // namespace nc
