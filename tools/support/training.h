// Training as nc-calibrate --method qcfs and nc-finetune share it: options,
// data and their validation split, checkpoints, signals, progress, log.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "ir/graph.h"
#include "passes/train.h"
#include "runtime/data/dataset.h"

namespace nc {

struct TrainingJob {
  std::string data;      // specification
  std::string val_data;  // specification; empty: held out of `data`
  int64_t batch = 128;
  int64_t train_samples = 0;  // 0: all
  int64_t validation = 5000;  // samples to choose the best epoch on; 0: none
  std::string optimizer = "sgd";
  std::string curve = "cosine";
  std::string precision = "f32";
  std::string surrogate = "atan";
  std::string augment = "none";
  std::string teacher;  // a graph or model, for --distill
  std::string log;
  bool quiet = false;
  int patience = 1800;  // seconds that processes wait for each other
  TrainOptions options;
};

// Those of any training, of real numbers, and of networks in time.
void add_training_options(CLI::App& app, TrainingJob& job);
void add_precision_options(CLI::App& app, TrainingJob& job);
void add_bptt_options(CLI::App& app, TrainingJob& job);

// Words to choices; throws Error.
TrainOptions training_options(const TrainingJob& job);

// Training and validation samples, which have none in common unless `val_data`
// says so; of an array file a tenth is held out here.
struct TrainingSplits {
  Dataset train;
  std::optional<Dataset> validation;
};
TrainingSplits open_training_data(const TrainingJob& job);

// Who --distill learns from, if it does: job.teacher, or else `source` unless
// that is null, which is an Error.
std::optional<Graph> open_teacher(const TrainingJob& job, const Graph* source);

// Trains and gives the best epoch's network, with accuracies in `step`. An
// interrupted training throws Error, which says how to go on. `app`: whose
// options a checkpoint must agree with; `teacher`: when distilling.
Graph run_training(const Graph& graph, const TrainingJob& job,
                   const TrainingSplits& splits, const Graph* teacher,
                   const CLI::App& app, Step& step);

// One batch's loss and gradients as .npz: loss, logits, value.NAME,
// gradient.NAME (f8).
void dump_gradients(const Graph& graph, const TrainingJob& job,
                    const Dataset& data, const Graph* teacher,
                    const std::string& path);

}  // namespace nc
