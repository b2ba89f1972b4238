// nc-run --stream: events in, a prediction after every step.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "ir/graph.h"

namespace nc {

struct StreamJob {
  std::string events;  // file, or "-": standard input
  std::string format;  // of the events; empty: by the first bytes
  int64_t window = 0;  // microseconds a step
  bool clip = false;
  std::string crop;    // X:Y:WIDTH:HEIGHT
  std::string sensor;  // WIDTHxHEIGHT, where the recording does not tell
  int32_t shrink = 1;
  int64_t reset_after = 0;  // steps; 0: never
};

void add_stream_options(CLI::App& app, StreamJob& job);

// Prints a line for every step, as soon as it is known: end of its window in
// microseconds, predicted class and its name, and the readout's sum over the
// last T steps for that class, apart by tabs.
void run_stream(const Graph& graph, const StreamJob& job, int threads);

}  // namespace nc
