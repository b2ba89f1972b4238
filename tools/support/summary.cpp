#include "tools/support/summary.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "ir/atomic_file.h"
#include "ir/file.h"
#include "ir/shapes.h"
#include "tools/support/main.h"
#include "tools/support/tables.h"

namespace nc {
namespace {

using Json = nlohmann::ordered_json;

// The report that a stage wrote, or null.
Json report_of(const Summary& summary, const std::string& stage) {
  for (const Command& command : summary.plan.commands) {
    if (command.stage != stage || command.report.empty()) continue;
    std::ifstream file(command.report);
    Json report = Json::parse(file, nullptr, false);
    if (!report.is_discarded()) return report;
  }
  return nullptr;
}

std::string accuracy_text(const Json& report) {
  if (report.is_null() || report["accuracy"].is_null()) return "not measured";
  return percent(report["accuracy"].get<double>());
}

std::string samples_text(const Json& report) {
  if (report.is_null()) return "-";
  return std::to_string(report["samples"].get<int64_t>());
}

Row accuracy_row(const std::string& name, const Json& report,
                 const std::string& note) {
  return {name, accuracy_text(report), samples_text(report), note};
}

double spikes_per_neuron(const Json& report) {
  double spikes = 0;
  double neurons = 0;
  for (const Json& layer : report["layers"]) {
    double count = layer["neurons"].get<double>();
    neurons += count;
    spikes += count * layer["spikes_per_neuron"].get<double>();
  }
  return neurons > 0 ? spikes / neurons : 0;
}

std::string snn_note(const Json& report) {
  if (report.is_null()) return "";
  return "T=" + std::to_string(report["timesteps"].get<int64_t>()) + " " +
         report["schedule"].get<std::string>() + ", engine " +
         report["engine"].get<std::string>();
}

std::string accuracy_table(const Summary& summary, const Json& snn) {
  Json ann = report_of(summary, "ann");
  Json quantised = report_of(summary, "quantised");
  std::string split = snn["split"].get<std::string>();
  std::vector<Row> rows = {{"network", "accuracy", split + " samples", ""}};
  rows.push_back(accuracy_row("ANN", ann, "float"));
  rows.push_back(accuracy_row("quantised ANN", quantised, "activations"));
  rows.push_back(accuracy_row("SNN", snn, snn_note(snn)));
  return table(rows);
}

Json strategy_of(const TrialResult& result) {
  Json trials = Json::array();
  for (const Trial& trial : result.trials) {
    trials.push_back({{"strategy", trial.candidate.strategy},
                      {"timesteps", trial.candidate.timesteps},
                      {"seconds", trial.seconds}});
    Json accuracy;
    if (trial.accuracy) accuracy = *trial.accuracy;
    trials.back()["held_out_accuracy"] = accuracy;
  }
  const Candidate& taken = result.trials[*result.choice.trial].candidate;
  return {{"taken", taken.strategy},
          {"timesteps", taken.timesteps},
          {"reason", result.choice.reason},
          {"good_enough", result.choice.is_good_enough},
          {"held_out_accuracy_of_ann", result.ann},
          {"trials", trials}};
}

std::string strategy_text(const TrialResult& result) {
  return text_of(result.trials, result.choice, result.ann) + "\ntaken  " +
         result.choice.reason + "\n\n";
}

}  // namespace

std::string text_of(const Summary& summary) {
  std::string text = "\n";
  if (summary.trials) text += strategy_text(*summary.trials);
  Json snn = report_of(summary, "snn");
  if (summary.options.data.empty()) {
    text += "accuracy was not measured: give --data\n";
  } else if (!snn.is_null()) {
    text += accuracy_table(summary, snn);
    text += "\nspikes per neuron and image  " +
            fixed(spikes_per_neuron(snn), 3) + "\n";
    if (snn.contains("synaptic_operations")) {
      text += "synaptic operations per image  " +
              fixed(snn["synaptic_operations"].get<double>(), 0) + " of " +
              fixed(snn["dense_operations"].get<double>(), 0) + " dense, and " +
              fixed(snn["input_operations"].get<double>(), 0) +
              " products with the analog input\n";
    }
  }
  text += "network  " + summary.plan.network + "\n";
  if (!summary.plan.folder.empty()) {
    text += "hardware  " + summary.plan.folder + "\n";
  }
  std::vector<Row> rows = {{"stage", "seconds"}};
  for (const StageTime& time : summary.times) {
    rows.push_back({time.stage, fixed(time.seconds, 1)});
  }
  return text + "\n" + table(rows);
}

void write_json(const Summary& summary, const std::string& path) {
  Json json;
  json["version"] = version();
  json["target"] = summary.options.target;
  json["ann"] = report_of(summary, "ann");
  json["quantised_ann"] = report_of(summary, "quantised");
  json["snn"] = report_of(summary, "snn");
  Json stages = Json::array();
  for (const StageTime& time : summary.times) {
    stages.push_back({{"stage", time.stage}, {"seconds", time.seconds}});
  }
  json["stages"] = stages;
  json["files"] = {{"input", summary.options.input},
                   {"network", summary.plan.network}};
  if (summary.trials) json["strategy"] = strategy_of(*summary.trials);
  if (!summary.plan.folder.empty()) {
    json["files"]["hardware"] = summary.plan.folder;
  }
  std::string text = json.dump(1) + "\n";
  write_atomically(path, std::as_bytes(std::span(text)));
}

}  // namespace nc
