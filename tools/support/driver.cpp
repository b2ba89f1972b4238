#include "tools/support/driver.h"

#include <algorithm>
#include <filesystem>

#include "ir/error.h"
#include "ir/file.h"
#include "passes/calibrate.h"
#include "tools/support/folder.h"
#include "tools/support/main.h"
#include "tools/support/open.h"
#include "tools/support/process.h"
#include "tools/support/summary.h"
#include "tools/support/trials.h"

namespace nc {
namespace {

namespace fs = std::filesystem;

// A folder of our own for what stands between stages; gone at the end.
class WorkFolder {
 public:
  WorkFolder() {
    std::string pattern = (fs::temp_directory_path() / "ncc-XXXXXX").string();
    if (!mkdtemp(pattern.data())) {
      throw Error("cannot make a folder " + pattern);
    }
    path_ = pattern;
  }
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// The network of a NIR file, without what opening it says and refuses.
Graph imported(const DriverOptions& options) {
  ImportOptions told;
  told.nir.timesteps = options.timesteps;
  return import_model(options.input, told).graph;
}

// What the plan needs to know of an input that is a graph.
void describe_input(DriverOptions& options) {
  options.is_nir = is_nir_file(options.input);
  if (is_foreign(options.input) && !options.is_nir) return;
  Graph graph = options.is_nir ? imported(options) : load(options.input);
  options.spikes = is_spiking(graph);
  options.is_quantized = options.spikes && is_quantized(graph);
  for (const Step& step : graph.history) options.done.push_back(step.tool);
  options.has_probe = !graph.run.probe.spikes.empty();
}

bool is_automatic(const DriverJob& job) {
  return job.strategy == "auto" || (job.strategy.empty() && job.gap >= 0);
}

DriverOptions complete(const DriverJob& job, const std::string& temporary) {
  DriverOptions options = job.options;
  if (!fs::exists(options.input)) {
    throw Error(options.input + ": no such file");
  }
  if (options.output.empty()) {
    bool as_nir = options.target == "nir" && (options.stop_after.empty() ||
                                              options.stop_after == "export");
    options.output =
        fs::path(options.input).stem().string() + (as_nir ? ".nir" : ".snn");
  }
  fs::path beside = fs::path(options.output).parent_path();
  options.work =
      job.save_temps ? (beside.empty() ? "." : beside.string()) : temporary;
  options.bin = program_folder();
  if (job.timesteps > 0) options.timesteps = job.timesteps;
  if (!is_automatic(job)) options.strategy = job.strategy;
  for (const std::string& each : job.extra) add_extra_words(options, each);
  describe_input(options);
  return options;
}

// The check sees the shape that the stages would see.
Command check_command(DriverOptions options) {
  ImportOptions told = import_options(options.input, options.input_shape,
                                      options.data, Split::train);
  if (told.input_shape) options.input_shape = shape_text(*told.input_shape);
  return plan_check(options);
}

// The output is written if it is named, and never over the input.
void require_output(const DriverJob& job, const Summary& summary) {
  const std::string& output = summary.options.output;
  const std::vector<Command>& commands = summary.plan.commands;
  bool written =
      std::any_of(commands.begin(), commands.end(),
                  [&](const Command& each) { return each.output == output; });
  if (!written && !job.options.output.empty()) {
    throw Error("-o " + output +
                ": no stage that runs writes it: the input is a spiking "
                "network");
  }
  bool same = written && fs::exists(output) &&
              fs::equivalent(summary.options.input, output);
  if (same) throw Error(output + ": would overwrite the input; use -o");
  const std::string& folder = summary.plan.folder;
  if (folder.empty()) return;
  auto words = summary.options.extra.find("export");
  bool forces = words != summary.options.extra.end() &&
                std::find(words->second.begin(), words->second.end(),
                          "--force") != words->second.end();
  require_writable_folder(folder, kHardwareMarker, forces, "-Wexport,--force");
}

void require_judgeable(const DriverJob& job) {
  if (!job.options.data.empty() && job.options.stop_after.empty() &&
      job.options.target != "ir") {
    return;
  }
  throw Error(
      "--strategy auto measures networks: it needs --data, a target other than "
      "ir, and no --stop-after");
}

// The one with all stages.
DriverOptions dearest(DriverOptions options) {
  options.strategy = "finetune";
  return options;
}

TrialJob trial_job(const DriverJob& job, const DriverOptions& options,
                   const CommandLoop& loop) {
  TrialJob trials{options, loop, kDefaultGap, {}, job.held_out};
  if (job.gap >= 0) trials.gap = job.gap;
  if (options.timesteps) {
    trials.timesteps = {*options.timesteps};
  } else if (job.gap >= 0) {
    trials.timesteps = {4, 8, 16, 32};
  } else {
    trials.timesteps = {CalibrationOptions{}.timesteps};
  }
  if (trials.held_out.empty()) trials.held_out = held_out_split(options.data);
  return trials;
}

bool missed(const DriverJob& job, const Summary& summary) {
  if (!summary.trials || job.gap < 0) return false;
  const Choice& choice = summary.trials->choice;
  if (choice.is_good_enough) return false;
  warn("--target-gap: no strategy keeps it; " + choice.reason);
  return true;
}

}  // namespace

void add_driver_options(CLI::App& app, DriverJob& job) {
  DriverOptions& options = job.options;
  app.add_option("input", options.input, "model or graph")->required();
  app.add_option("--target", options.target,
                 "cpu, loihi-sim, nir, hls, rtl or ir")
      ->capture_default_str();
  app.add_option("-o,--output", options.output,
                 "network to write (default: the input's name with .snn or "
                 ".nir)");
  app.add_option("--data", options.data,
                 "data to calibrate on (train) and measure on (test)");
  app.add_option("-T,--timesteps", job.timesteps, "timesteps (default: 8)")
      ->check(CLI::Range(1, 4096));
  app.add_option("--schedule", options.schedule,
                 "causal (default), pipelined or exact");
  app.add_option("--strategy", job.strategy,
                 "direct (batch norm statistics), calibrate (default with "
                 "--data), finetune, or auto: the first that loses at most "
                 "--target-gap on held-out training data");
  app.add_option("--target-gap", job.gap,
                 "percentage points that --strategy auto may lose (default: "
                 "1); without -T tries T = 4, 8, 16, 32, and status 1 when "
                 "none keeps it")
      ->check(CLI::Range(0.0, 100.0));
  app.add_option(
      "--val-data", job.held_out,
      "data that --strategy auto judges on, best what the source has "
      "not seen either (default: what is held out of --data)");
  app.add_option("--bits", options.bits, "of the weights (default: 8)");
  app.add_option("--input-shape", options.input_shape,
                 "shape of one sample, for models that do not tell: 3,32,32");
  app.add_option("--dt", options.dt, "the time step of a NIR file");
  app.add_option("--engine", options.engine,
                 "engine of the last run (default: the target's)");
  app.add_option("--stop-after", options.stop_after,
                 "import, calibrate, fold, spike, finetune, ann, quantised, "
                 "snn or export");
  app.add_option("-W", job.extra, "STAGE,WORD,...: words for a stage")
      ->type_name("STAGE,WORD")
      ->allow_extra_args(false);
  app.add_flag("-v,--verbose", job.verbose, "print each command and run it");
  app.add_flag("--dry-run", job.only_print,
               "print the commands, run nothing (also: -###)");
  app.add_flag("--save-temps", job.save_temps,
               "keep what stands between stages (also: -save-temps)");
  app.add_flag("--check", job.check,
               "print what is exact, approximate or refused, and stop");
  app.add_option("--json", job.json, "write the summary as JSON; - is stdout");
  app.add_flag("-q,--quiet", options.quiet, "no progress lines");
}

int drive(const DriverJob& job) {
  forward_signals();
  WorkFolder temporary;
  DriverOptions options = complete(job, temporary.path());
  Summary summary{options, {}, {}, {}};
  if (job.check) {
    CommandLoop loop{job.verbose, job.only_print, /*quiet_stdout=*/false};
    return run_commands(loop, {check_command(options)}, summary.times);
  }
  CommandLoop loop{job.verbose, job.only_print};
  if (is_automatic(job)) {
    require_judgeable(job);
    require_output(job, {options, plan(dearest(options)), {}, {}});
    summary.trials = run_trials(trial_job(job, options, loop));
    if (job.only_print) return 0;
    options = options_after(*summary.trials, options);
  }
  summary.plan = plan(options);
  require_output(job, summary);
  if (summary.trials) reuse_network(*summary.trials, summary.plan);
  int status = run_commands(loop, summary.plan.commands, summary.times);
  if (status != 0 || job.only_print) return status;
  if (!job.json.empty()) write_json(summary, job.json);
  if (job.json != "-") print(text_of(summary));
  return missed(job, summary) ? 1 : 0;
}

}  // namespace nc
