// LibTorch's optimizers, with their state as tensors by name, so that it can
// be written down and taken up again.
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <ATen/ATen.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "passes/torch/training/slots.h"
#include "passes/train.h"

namespace torch::optim {
class Optimizer;
}

namespace nc {

using NamedTensors = std::map<std::string, at::Tensor>;

class TrainingOptimizer {
 public:
  TrainingOptimizer(std::vector<Slot*> slots, const TrainOptions& options);
  ~TrainingOptimizer();

  void step(double learning_rate);
  void zero_grad();

  // "conv1.weight.momentum" and such; parameters without a gradient so far
  // have none.
  NamedTensors state() const;
  void restore(const NamedTensors& state);

 private:
  std::vector<Slot*> slots_;
  OptimizerKind kind_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
};

// At step `step` of options.epochs * options.steps_per_epoch.
double learning_rate_at(const TrainOptions& options, int64_t step);

}  // namespace nc
