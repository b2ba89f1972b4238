// The batches of a training: which samples each step sees, in which order, and
// how they are augmented. All of it is a function of the seed and the step.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "passes/train.h"
#include "runtime/data/augment.h"
#include "runtime/data/dataset.h"
#include "runtime/engine.h"
#include "runtime/processes.h"
#include "runtime/torch/engine.h"

namespace nc {

class TrainingData {
 public:
  // `data` must live as long. Throws Error without labels. Every epoch is a new
  // permutation, of which what does not fill a batch is left out. With `others`
  // a batch is this process's part of the one that they share.
  TrainingData(const Graph& graph, const Dataset& data, int64_t batch,
               const Augmentation& augmentation, int64_t seed,
               const Processes* others = nullptr);

  // The network whose outputs are to be learned; it sees the same samples.
  // Unless it spikes, its batch norms are folded, and it runs in bf16 if that
  // is asked for.
  void set_teacher(Graph teacher, TorchEngineOptions options = {});

  int64_t steps_per_epoch() const;
  TrainBatch batch(int64_t epoch, int64_t step);

 private:
  void shuffle_for(int64_t epoch);

  Graph graph_;
  const Dataset& data_;
  int64_t batch_;  // samples of a step, in all processes
  Part part_;      // of a batch
  Augmentation augmentation_;
  uint64_t seed_;
  int64_t epoch_ = -1;
  std::vector<int64_t> order_;
  Graph teacher_;
  std::unique_ptr<Engine> teaches_;
};

// SHA-256 of samples and labels; of recordings, of their names.
std::string fingerprint(const Dataset& data);

}  // namespace nc
