#include "tools/support/plan.h"

#include <algorithm>
#include <filesystem>
#include <functional>

#include "ir/error.h"
#include "passes/calibrate.h"

namespace nc {
namespace {

using Words = std::vector<std::string>;

const std::vector<std::string> kStages = {"import",    "calibrate", "fold",
                                          "spike",     "finetune",  "ann",
                                          "quantised", "snn",       "export"};
const std::vector<std::string> kStrategies = {"direct", "calibrate",
                                              "finetune"};
const std::vector<std::string> kTargets = {"cpu", "loihi-sim", "nir",
                                           "hls", "rtl",       "ir"};

void require_one_of(const std::string& what, const std::string& text,
                    const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) return;
  std::string expected;
  for (const std::string& each : choices) {
    expected += (expected.empty() ? "" : ", ") + each;
  }
  throw Error(what + ": expected " + expected + "; found '" + text + "'");
}

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// Builds the list of commands; each stage reads what the last one wrote.
class Planner {
 public:
  explicit Planner(const DriverOptions& options)
      : options_(options), current_(options.input) {}

  Plan run() {
    if (options_.is_nir) import();
    bool calibrated = is_done("nc-calibrate");
    std::string ann = calibrated || is_spiking() ? "" : current_;
    if (!ann.empty()) calibrate();
    std::string quantised = is_spiking() ? "" : current_;
    if (!is_done("nc-fold") && !is_spiking()) {
      stage("fold", "nc-fold", {}, "folded.snn");
    }
    if (!is_spiking()) spike();
    if (needs_integers()) make_integers();
    if (finetunes()) finetune();
    plan_.network = current_;
    if (!options_.data.empty()) {
      if (!ann.empty()) measure("ann", ann, "");
      if (!quantised.empty()) measure("quantised", quantised, "");
      measure("snn", current_, engine());
    } else {
      verify();
    }
    if (options_.target == "nir") export_nir();
    if (options_.target == "hls") export_hardware({});
    if (options_.target == "rtl") export_hardware({"--rtl"});
    cut();
    require_all_read();
    return std::move(plan_);
  }

 private:
  bool is_done(const std::string& tool) const {
    return contains(options_.done, tool);
  }

  bool is_spiking() const { return is_done("nc-spike") || options_.spikes; }

  // Made by another program: real numbers, no thresholds to be found.
  bool needs_integers() const {
    return options_.spikes && !options_.is_quantized && !is_done("nc-spike") &&
           options_.bits != "float";
  }

  bool finetunes() const { return options_.strategy == "finetune"; }

  // The last of the stages that make the network.
  bool writes_network(const std::string& name) const {
    return options_.target != "nir" &&
           name == (finetunes() ? "finetune" : "spike");
  }

  bool runs_with_signs() const {
    return options_.target != "ir" && options_.target != "nir";
  }

  std::string engine() const {
    if (!options_.engine.empty()) return options_.engine;
    return options_.target == "loihi-sim" ? "loihi" : "";
  }

  std::string in_work(const std::string& name) const {
    return (std::filesystem::path(options_.work) / name).string();
  }

  // Of both stages that must be told of the same neurons, unless -W tells them.
  Words shared_words(const std::string& stage_name) const {
    Words words;
    if (options_.timesteps) {
      words.insert(words.end(), {"-T", std::to_string(*options_.timesteps)});
    }
    if (!options_.schedule.empty()) {
      words.insert(words.end(), {"--schedule", options_.schedule});
    }
    if (runs_with_signs() && options_.schedule != "exact" &&
        !says(stage_name, "--neuron")) {
      words.insert(words.end(), {"--neuron", "signed-if"});
    }
    return words;
  }

  // T is of the network, which is told to the stage that makes it.
  void import() {
    Words words;
    if (options_.timesteps && options_.spikes) {
      words.insert(words.end(), {"-T", std::to_string(*options_.timesteps)});
    }
    if (!options_.dt.empty()) words.insert(words.end(), {"--dt", options_.dt});
    bool is_last = is_spiking() && !needs_integers();
    stage("import", "nc-import", words, is_last ? "" : "imported.snn");
  }

  void calibrate() {
    Words words = shared_words("calibrate");
    if (options_.data.empty() || options_.strategy == "direct") {
      words.insert(words.end(), {"--method", "bn"});
    }
    if (!options_.data.empty()) {
      words.insert(words.end(), {"--data", options_.data});
    }
    append_shape(words);
    if (options_.quiet) words.push_back("--quiet");
    stage("calibrate", "nc-calibrate", words, "calibrated.snn");
  }

  void spike() { spike_with(shared_words("spike")); }

  // The range of the input, which calibration finds elsewhere, is the data's.
  void make_integers() {
    Words words;
    if (options_.timesteps && !options_.is_nir) {
      words.insert(words.end(), {"-T", std::to_string(*options_.timesteps)});
    }
    if (!options_.schedule.empty()) {
      words.insert(words.end(), {"--schedule", options_.schedule});
    }
    if (!options_.data.empty()) {
      words.insert(words.end(), {"--data", options_.data});
    }
    spike_with(words);
  }

  void spike_with(Words words) {
    if (!options_.bits.empty()) {
      words.insert(words.end(), {"--bits", options_.bits});
    }
    if (options_.target == "loihi-sim") {
      words.insert(words.end(), {"--limits", "loihi2"});
    }
    stage("spike", "nc-spike", words,
          writes_network("spike") ? "" : "spiking.snn");
  }

  // Whether -W gives the stage this word.
  bool says(const std::string& stage_name, const std::string& word) const {
    auto found = options_.extra.find(stage_name);
    return found != options_.extra.end() && contains(found->second, word);
  }

  // The source teaches: its outputs say more than labels do.
  void finetune() {
    if (options_.data.empty()) throw Error("--strategy finetune needs --data");
    Words words = {"--data", options_.data};
    if (!is_spiking() && !says("finetune", "--teacher")) {
      words.insert(words.end(), {"--teacher", options_.input, "--distill",
                                 "0.9", "--temperature", "2"});
    }
    if (options_.quiet) words.push_back("--quiet");
    stage("finetune", "nc-finetune", words,
          writes_network("finetune") ? "" : "finetuned.snn");
  }

  void export_nir() {
    stage("export", "nc-export-nir", {}, "");
    plan_.network = current_;
  }

  // The folder lies beside the network.
  void export_hardware(const Words& words) {
    plan_.folder = std::filesystem::path(current_)
                       .replace_extension("." + options_.target)
                       .string();
    Words line = {options_.bin + "/nc-hls", current_, "-o", plan_.folder};
    line.insert(line.end(), words.begin(), words.end());
    append_extra(line, "export");
    plan_.commands.push_back({"export", line, "", ""});
  }

  // A program that reads the current graph and writes the next.
  void stage(const std::string& name, const std::string& program, Words words,
             const std::string& file) {
    std::string output = file.empty() ? options_.output : in_work(file);
    if (options_.stop_after == name) output = options_.output;
    Words line = {options_.bin + "/" + program, current_};
    line.insert(line.end(), words.begin(), words.end());
    append_extra(line, name);
    line.insert(line.end(), {"-o", output});
    plan_.commands.push_back({name, line, output, ""});
    current_ = output;
  }

  std::string measured() const {
    return options_.measured.empty() ? options_.data : options_.measured;
  }

  // A network without time must be told of how many frames of events it
  // receives the mean: those that it was calibrated for.
  std::string data_without_time() const {
    const std::string data = measured();
    bool untold = data.starts_with("nmnist:") &&
                  data.find(",steps=") == std::string::npos &&
                  !contains(options_.done, "nc-calibrate");
    if (!untold) return data;
    int64_t steps = options_.timesteps.value_or(CalibrationOptions{}.timesteps);
    return data + ",steps=" + std::to_string(steps);
  }

  void measure(const std::string& name, const std::string& graph,
               const std::string& engine_name) {
    std::string report = in_work(name + ".json");
    Words line = {options_.bin + "/nc-run",
                  graph,
                  "--data",
                  name == "snn" ? measured() : data_without_time(),
                  "--json",
                  report};
    if (name == "ann") append_shape(line);
    if (!engine_name.empty()) {
      line.insert(line.end(), {"--engine", engine_name});
    }
    if (name == "snn" && contains_probe()) line.push_back("--verify");
    if (options_.quiet) line.push_back("--quiet");
    append_extra(line, name);
    plan_.commands.push_back({name, line, "", report});
  }

  bool contains_probe() const {
    bool is_made = !is_spiking() || needs_integers();
    return is_made ? options_.bits != "float" : options_.has_probe;
  }

  void append_shape(Words& line) const {
    if (options_.input_shape.empty()) return;
    line.insert(line.end(), {"--input-shape", options_.input_shape});
  }

  void verify() {
    if (!contains_probe()) return;
    Words line = {options_.bin + "/nc-run", current_, "--verify"};
    if (!engine().empty()) line.insert(line.end(), {"--engine", engine()});
    append_extra(line, "snn");
    plan_.commands.push_back({"snn", line, "", ""});
  }

  void append_extra(Words& line, const std::string& name) const {
    auto found = options_.extra.find(name);
    if (found == options_.extra.end()) return;
    line.insert(line.end(), found->second.begin(), found->second.end());
  }

  // Drops what comes after the stage that is the last one wanted.
  void cut() {
    if (options_.target == "ir" && options_.stop_after.empty()) {
      std::erase_if(plan_.commands, [](const Command& each) {
        return !each.report.empty() || each.stage == "snn";
      });
    }
    if (options_.stop_after.empty()) return;
    auto last = std::find_if(
        plan_.commands.begin(), plan_.commands.end(),
        [&](const Command& each) { return each.stage == options_.stop_after; });
    if (last == plan_.commands.end()) {
      throw Error("--stop-after: the stage '" + options_.stop_after +
                  "' is done already, or needs --data");
    }
    plan_.commands.erase(last + 1, plan_.commands.end());
    if (!runs("export")) plan_.folder.clear();
    if (!last->output.empty()) plan_.network = last->output;
  }

  bool runs(const std::string& name) const {
    return std::any_of(plan_.commands.begin(), plan_.commands.end(),
                       [&](const Command& each) { return each.stage == name; });
  }

  // An option is read by `readers`, which are stages.
  void require_read(const std::string& option, bool given,
                    const Words& readers) const {
    bool read =
        std::any_of(readers.begin(), readers.end(),
                    [&](const std::string& each) { return runs(each); });
    if (!given || read) return;
    throw Error(option + ": no stage that runs reads it" +
                (is_spiking() ? ": the input is a spiking network" : ""));
  }

  void require_all_read() const {
    if (plan_.commands.empty()) {
      throw Error(options_.input +
                  ": nothing to do: it is a spiking network already (with "
                  "--data, and another target than ir, it is measured)");
    }
    require_read("-T", options_.timesteps.has_value(),
                 {"import", "calibrate", "spike"});
    require_read("--dt", !options_.dt.empty(), {"import"});
    require_read("--schedule", !options_.schedule.empty(),
                 {"calibrate", "spike"});
    require_read("--strategy", !options_.strategy.empty(),
                 {"calibrate", "finetune"});
    bool stays_real = options_.spikes && options_.bits == "float";
    require_read("--bits", !options_.bits.empty() && !stays_real, {"spike"});
    require_read("--input-shape", !options_.input_shape.empty(),
                 {"calibrate", "ann"});
    require_read("--engine", !options_.engine.empty(), {"snn"});
    for (const auto& [name, words] : options_.extra) {
      require_read("-W" + name, true, {name});
    }
  }

  const DriverOptions& options_;
  std::string current_;
  Plan plan_;
};

}  // namespace

Plan plan(const DriverOptions& options) {
  require_one_of("--target", options.target, kTargets);
  if (!options.strategy.empty()) {
    require_one_of("--strategy", options.strategy, kStrategies);
  }
  if (!options.stop_after.empty()) {
    require_one_of("--stop-after", options.stop_after, kStages);
  }
  if (options.target == "rtl" && options.schedule == "exact") {
    throw Error(
        "--schedule exact has no RTL form: its counts need a division (use "
        "causal, or --target=hls)");
  }
  return Planner(options).run();
}

Command plan_check(const DriverOptions& options) {
  Words line = {options.bin + "/nc-import", options.input, "--check",
                "--spiking"};
  if (!options.input_shape.empty()) {
    line.insert(line.end(), {"--input-shape", options.input_shape});
  }
  if (!options.dt.empty()) line.insert(line.end(), {"--dt", options.dt});
  return {"check", line, "", ""};
}

void add_extra_words(DriverOptions& options, const std::string& text) {
  size_t comma = text.find(',');
  std::string stage = text.substr(0, comma);
  require_one_of("-W", stage, kStages);
  while (comma != std::string::npos) {
    size_t next = text.find(',', comma + 1);
    options.extra[stage].push_back(
        text.substr(comma + 1, next == std::string::npos ? std::string::npos
                                                         : next - comma - 1));
    comma = next;
  }
}

}  // namespace nc
