#include "tools/support/driver.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <thread>

#include "ir/error.h"
#include "ir/file.h"
#include "tools/support/main.h"
#include "tools/support/open.h"
#include "tools/support/process.h"
#include "tools/support/summary.h"

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

// The tools that the input has been through.
std::vector<std::string> tools_done(const std::string& input) {
  std::vector<std::string> tools;
  if (is_foreign(input)) return tools;
  for (const Step& step : load(input).history) tools.push_back(step.tool);
  return tools;
}

DriverOptions complete(const DriverJob& job, const std::string& temporary) {
  DriverOptions options = job.options;
  if (!fs::exists(options.input)) {
    throw Error(options.input + ": no such file");
  }
  if (options.output.empty()) {
    options.output = fs::path(options.input).stem().string() + ".snn";
  }
  fs::path beside = fs::path(options.output).parent_path();
  options.work =
      job.save_temps ? (beside.empty() ? "." : beside.string()) : temporary;
  options.bin = program_folder();
  if (job.timesteps > 0) options.timesteps = job.timesteps;
  for (const std::string& each : job.extra) add_extra_words(options, each);
  options.done = tools_done(options.input);
  bool same = fs::exists(options.output) &&
              fs::equivalent(options.input, options.output);
  if (same) throw Error(options.output + ": would overwrite the input; use -o");
  return options;
}

int check_only(const DriverOptions& options) {
  return run_program({options.bin + "/nc-import", options.input, "--check"},
                     false);
}

StageTime run_command(const Command& command) {
  auto start = std::chrono::steady_clock::now();
  int status = run_program(command.words, true);
  std::chrono::duration<double> passed =
      std::chrono::steady_clock::now() - start;
  return {command.stage, passed.count(), status};
}

}  // namespace

void add_driver_options(CLI::App& app, DriverJob& job) {
  DriverOptions& options = job.options;
  app.add_option("input", options.input, "model or graph")->required();
  app.add_option("--target", options.target, "cpu, loihi-sim or ir")
      ->capture_default_str();
  app.add_option("-o,--output", options.output,
                 "network to write (default: the input's name with .snn)");
  app.add_option("--data", options.data,
                 "data to calibrate on (train) and measure on (test)");
  app.add_option("-T,--timesteps", job.timesteps, "timesteps (default: 8)")
      ->check(CLI::Range(1, 4096));
  app.add_option("--schedule", options.schedule,
                 "causal (default), pipelined or exact");
  app.add_option("--bits", options.bits, "of the weights (default: 8)");
  app.add_option("--engine", options.engine,
                 "engine of the last run (default: the target's)");
  app.add_option("--stop-after", options.stop_after,
                 "calibrate, fold, spike, ann, quantised or snn");
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

int drive(DriverJob job) {
  WorkFolder temporary;
  DriverOptions options = complete(job, temporary.path());
  if (job.check) return check_only(options);
  Plan todo = plan(options);
  Summary summary{options, todo, {}};
  for (const Command& command : todo.commands) {
    if (job.verbose || job.only_print) {
      std::fprintf(stderr, "%s\n", quoted(command.words).c_str());
    }
    if (job.only_print) continue;
    summary.times.push_back(run_command(command));
    int status = summary.times.back().status;
    if (status != 0) return status > 2 ? 1 : status;
  }
  if (job.only_print) return 0;
  if (!job.json.empty()) write_json(summary, job.json);
  if (job.json != "-") std::cout << text_of(summary) << std::flush;
  return 0;
}

}  // namespace nc
