#include "tools/support/trials.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>

#include "ir/atomic_file.h"
#include "ir/error.h"
#include "runtime/data/dataset.h"
#include "tools/support/main.h"
#include "tools/support/open.h"
#include "tools/support/tables.h"

namespace nc {
namespace {

namespace fs = std::filesystem;

constexpr int kUsage =
    2;  // the exit status for wrong words, whoever reads them

bool makes_network(const Command& command) { return !command.output.empty(); }

// Everything of a trial lies in a folder of its own.
DriverOptions options_of(const TrialJob& job, const Candidate& candidate) {
  DriverOptions options = job.options;
  options.strategy = candidate.strategy;
  options.timesteps = candidate.timesteps;
  options.measured = job.held_out;
  options.work =
      (fs::path(options.work) /
       (candidate.strategy + "-" + std::to_string(candidate.timesteps)))
          .string();
  options.output = (fs::path(options.work) / "network.snn").string();
  if (candidate.strategy != "finetune") options.extra.erase("finetune");
  return options;
}

// Neither exported nor compared with the quantised ANN; the ANN once.
std::vector<Command> commands_of(const DriverOptions& options, bool first) {
  std::vector<Command> commands = plan(options).commands;
  std::erase_if(commands, [&](const Command& each) {
    return each.stage == "export" || each.stage == "quantised" ||
           (each.stage == "ann" && !first);
  });
  return commands;
}

std::string network_of(const std::vector<Command>& commands) {
  std::string network;
  for (const Command& each : commands) {
    if (makes_network(each)) network = each.output;
  }
  return network;
}

double accuracy_in(const std::string& path) {
  std::ifstream file(path);
  auto report = nlohmann::json::parse(file, nullptr, false);
  if (report.is_discarded() || !report["accuracy"].is_number()) {
    throw Error("--strategy auto: the held-out data have no labels");
  }
  return report["accuracy"].get<double>();
}

std::string report_path(const DriverOptions& options,
                        const std::string& stage) {
  return (fs::path(options.work) / (stage + ".json")).string();
}

void tell(const Trial& trial, double ann) {
  std::string text = "strategy " + trial.candidate.strategy +
                     " at T=" + std::to_string(trial.candidate.timesteps) +
                     ": ";
  say(trial.accuracy
          ? text + percent(*trial.accuracy) + " of held-out samples, gap " +
                fixed(gap_of(trial, ann), 2)
          : text + "failed");
}

Trial run_trial(const TrialJob& job, const Candidate& candidate,
                TrialResult& result) {
  DriverOptions options = options_of(job, candidate);
  if (!job.loop.only_print) fs::create_directories(options.work);
  bool first = result.trials.empty();
  std::vector<StageTime> times;
  int status = run_commands(job.loop, commands_of(options, first), times);
  Trial trial{candidate, std::nullopt, 0};
  for (const StageTime& each : times) trial.seconds += each.seconds;
  if (status == kUsage) throw Error("--strategy: words that no stage knows");
  if (job.loop.only_print) return trial;
  if (first && fs::exists(report_path(options, "ann"))) {
    result.ann = accuracy_in(report_path(options, "ann"));
  }
  if (status == 0) trial.accuracy = accuracy_in(report_path(options, "snn"));
  tell(trial, result.ann);
  return trial;
}

Graph source_of(const DriverOptions& options) {
  bool calibrated = std::find(options.done.begin(), options.done.end(),
                              "nc-calibrate") != options.done.end();
  if (options.is_nir || options.spikes || calibrated) {
    throw Error(options.input +
                ": --strategy auto starts from a model that is not yet "
                "calibrated; give a strategy by name");
  }
  return open_graph(options.input,
                    import_options(options.input, options.input_shape,
                                   options.data, Split::train));
}

}  // namespace

TrialResult run_trials(const TrialJob& job) {
  Graph ann = source_of(job.options);
  if (!ruled_out(ann).empty()) say(ruled_out(ann));
  TrialResult result;
  for (const Candidate& candidate : candidates(ann, job.timesteps)) {
    result.trials.push_back(run_trial(job, candidate, result));
    if (job.loop.only_print) continue;
    result.choice = choose(result.trials, result.ann, job.gap);
    if (result.choice.is_good_enough) break;
  }
  if (job.loop.only_print) return result;
  if (!result.choice.trial) throw Error("--strategy: " + result.choice.reason);
  DriverOptions taken =
      options_of(job, result.trials[*result.choice.trial].candidate);
  result.work = taken.work;
  result.network = network_of(commands_of(taken, false));
  say("taken: " + result.choice.reason);
  return result;
}

DriverOptions options_after(const TrialResult& result, DriverOptions options) {
  const Candidate& taken = result.trials[*result.choice.trial].candidate;
  options.strategy = taken.strategy;
  options.timesteps = taken.timesteps;
  options.work = result.work;
  if (taken.strategy != "finetune") options.extra.erase("finetune");
  return options;
}

void reuse_network(const TrialResult& result, Plan& plan) {
  std::string network;
  std::erase_if(plan.commands, [&](const Command& each) {
    bool made = makes_network(each) && each.stage != "export";
    if (made) network = each.output;
    return made;
  });
  if (network == result.network) return;
  std::ifstream file(result.network, std::ios::binary);
  std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  write_atomically(network, std::as_bytes(std::span(bytes)));
}

std::string held_out_split(const std::string& data) {
  DataSpec spec = parse_data_spec(data);
  if (is_divided(spec)) return data + ",split=val";
  throw Error(data + ": " +
              (spec.split ? "one split" : "an array file, which is one set,") +
              " has no held-out training data to judge strategies on: give "
              "--val-data");
}

}  // namespace nc
