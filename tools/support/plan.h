// The driver's plan: which programs run, with which words. A pure function of
// the options, so that it can be tested as data; nothing is started here.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nc {

// Stages in the order they run. `import` is for NIR files alone: the other
// programs read all others themselves; `finetune` for the strategy of that
// name. `ann`, `quantised` and `snn` are runs of nc-run, of the imported,
// calibrated and spiking network; `export` writes the target's own form
// (nc-export-nir, nc-hls).
//
// Strategies, from the cheapest:
//   direct     thresholds from BatchNorm statistics, no data
//   calibrate  thresholds and corrections from training data
//   finetune   calibrate, then nc-finetune at the network's own T
struct DriverOptions {
  std::string input;
  std::string output;          // -o; empty: the input's stem + ".snn", ".nir"
  std::string target = "cpu";  // "cpu", "loihi-sim", "nir", "hls", "rtl", "ir"
  std::string data;            // specification; empty: no data
  std::string measured;  // what nc-run gets; empty: `data`, its test split
  std::string strategy;  // empty: calibrate, without data direct
  std::string work;      // folder for what stands between stages
  std::string bin;       // folder of the programs
  std::optional<int64_t> timesteps;
  std::string schedule;  // empty: the stages' default
  std::string bits;
  std::string input_shape;  // of a model that does not tell; else empty
  std::string dt;           // of a NIR file; empty: as it says
  std::string engine;       // empty: the target's
  std::string stop_after;   // stage name; empty: run all
  bool quiet = false;
  std::map<std::string, std::vector<std::string>> extra;  // -W: stage -> words
  std::vector<std::string> done;  // tools in the input's history
  bool has_probe = true;          // whether a spiking input can be verified
  bool is_nir = false;            // the input is a NIR file
  bool spikes = false;            // it has neurons, whatever made it
  bool is_quantized = false;      // and is one of integers
};

struct Command {
  std::string stage;               // "calibrate"
  std::vector<std::string> words;  // program first
  std::string output;              // the file it writes; may be empty
  std::string report;              // the JSON report it writes; may be empty
};

struct Plan {
  std::vector<Command> commands;
  std::string network;  // where the last network stands when all is done
  std::string folder;   // of generated hardware; empty: none
};

// Throws Error for an unknown target or stage, an input that is further than
// the plan's last stage, and options that no stage of the plan would read.
Plan plan(const DriverOptions& options);

// The command of --check: the fate of the input's operators.
Command plan_check(const DriverOptions& options);

// "spike,--bits,4" as of -W: adds the words to a stage. Throws Error.
void add_extra_words(DriverOptions& options, const std::string& text);

}  // namespace nc
