// What nc-run does: options, the run over a data set, and the report.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "tools/support/accuracy.h"
#include "tools/support/engines.h"
#include "tools/support/nir_options.h"
#include "tools/support/streaming.h"

namespace nc {

struct RunJob {
  std::string input;
  std::string data;
  std::string input_shape;
  NirWords nir;
  EngineChoice engine;
  std::string path = "measured";  // PathPolicy of the cpu engine
  StreamJob stream;
  int64_t batch = 0;
  uint64_t seed = 0;  // of the encoding rate
  bool by_step = false;
  bool verify = false;
  bool hash = false;  // of every layer's spikes over the data
  bool explain = false;
  int64_t repeat = 1;
  int patience = 1800;  // seconds that processes wait for each other
  bool quiet = false;
  std::string json;           // file for the report; "-" is stdout
  std::string outputs;        // HDF5 file
  std::string trace;          // HDF5 file
  int64_t trace_samples = 1;  // the first so many of the data
};

void add_run_options(CLI::App& app, RunJob& job);

// Gives the exit status: 1 when a verification fails.
int run_job(const RunJob& job);

}  // namespace nc
