// What nc-spike does between reading and writing: options, and the row of
// passes that makes a network spike.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "ir/graph.h"

namespace nc {

// --limits loihi2: a_in << 6 and the membrane have 24 bits, 18 in units of
// weights.
inline constexpr int64_t kLoihiCurrentLimit = (1 << 17) - 1;
inline constexpr int64_t kLoihiMembraneBits = 18;

struct SpikingJob {
  int64_t timesteps = 0;  // 0: the levels that calibration was made for
  std::string schedule = "causal";
  std::string neuron = "if";
  std::string bits = "8";         // or "float"
  std::string max_pool = "move";  // or "average"
  std::string limits = "none";    // or "loihi2"
  std::string input_range;        // "LOW:HIGH", when no data were seen
  std::string data;               // or they are seen here
  std::string encoding;  // empty: as calibrated, on events or else direct
};

void add_spiking_options(CLI::App& app, SpikingJob& job);

Graph run_spiking(Graph graph, const SpikingJob& job);

}  // namespace nc
