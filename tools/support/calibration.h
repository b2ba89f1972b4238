// What nc-calibrate does between reading and writing: options, data, method,
// and what is measured on held-out data.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "ir/graph.h"
#include "passes/calibrate.h"
#include "tools/support/training.h"

namespace nc {

struct CalibrationJob {
  std::string data;  // specification; empty only for the method bn
  std::string method = "lloyd";
  std::string schedule = "causal";
  std::string neuron = "if";
  std::string bias_correction = "auto";
  std::string weight_correction = "auto";
  std::string input_shape;
  int64_t samples = 512;      // to calibrate on, from the training split
  int64_t validation = 1000;  // to measure on, held out from training
  int64_t seed = 0;
  bool quiet = false;
  CalibrationOptions options;
  TrainingJob training;  // of the method qcfs
};

void add_calibration_options(CLI::App& app, CalibrationJob& job);

// Opens the graph; a model without an input shape gets the data's.
Graph open_for_calibration(const std::string& path, const CalibrationJob& job);

// Calibrates, and writes accuracies and the seed into `step`. `app` has the
// options that a checkpoint of the method qcfs belongs to.
Graph run_calibration(Graph graph, CalibrationJob job, const CLI::App& app,
                      Step& step);

}  // namespace nc
