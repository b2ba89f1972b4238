// What nc-finetune does between reading and writing.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "ir/graph.h"
#include "tools/support/training.h"

namespace nc {

struct FinetuningJob {
  TrainingJob training;
  std::string input_shape;
  std::string gradients;  // file for one batch's, in place of training
};

void add_finetuning_options(CLI::App& app, FinetuningJob& job);

// The network at `path`, with the shape of the data where the file has none.
Graph open_for_finetuning(const std::string& path, const FinetuningJob& job);

// The trained network; a quantised one with the probe's spikes stored anew.
Graph run_finetuning(Graph graph, const FinetuningJob& job, const CLI::App& app,
                     Step& step);

// Writes job.gradients.
void dump_gradients(Graph graph, const FinetuningJob& job);

}  // namespace nc
