// Runs an engine over a data set, batch by batch, with a progress line.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "runtime/accuracy.h"
#include "runtime/data/dataset.h"
#include "runtime/engine.h"
#include "runtime/processes.h"

namespace nc {

struct RunOptions {
  int64_t batch = 0;  // images at once; 0: by the size of the graph
  Wishes wishes;
  uint64_t seed = 0;  // of the encoding rate
  bool quiet = false;
  std::string what = "images";  // for the progress line
  Processes* others = nullptr;  // each runs its part; all get the whole result
};

// What a whole data set gave, without the batches' own values.
struct RunResult {
  Score score;                 // samples = 0 when there are no labels
  std::vector<Score> by_step;  // when wished for
  std::vector<LayerCount> layers;
  std::vector<std::string> warnings;
  // Per layer the SHA-256 of its spikes over all samples (32-bit payloads in
  // the order [samples, steps, neurons]), when spikes were wished for.
  std::map<std::string, std::string> spike_hashes;
  int64_t samples = 0;
  double seconds = 0;         // all in all
  double engine_seconds = 0;  // within the engine: without encoding the data
};

// `receive`, if any, is given each batch's outputs in the order of the data
// (with several processes: of this one's part). Spike hashes and warnings are
// those of this process.
using Receiver = std::function<void(const Outputs&)>;

RunResult run_dataset(Engine& engine, const Graph& graph, const Dataset& data,
                      const RunOptions& options, const Receiver& receive = {});

}  // namespace nc
