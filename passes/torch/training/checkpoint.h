// Where a training stands, in one file: DIR/checkpoint.npz, written whole or
// not at all. Data order and augmentation are functions of the seed and the
// step, so there is no state of random numbers.
//
//   identity              the options and data it belongs to, "name=value"
//                         lines
//   place                 [steps done, best epoch, processes]
//   numbers               [loss, accuracy: sums of this epoch, best, before]
//   now.NAME, best.NAME   parameters and running means, as masters
//   optimizer.NAME        its state
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <utility>
#include <vector>

#include "passes/torch/training/optimizer.h"

namespace nc {

using Identity = std::vector<std::pair<std::string, std::string>>;

// What the loop itself remembers.
struct Progressed {
  int64_t step = 0;  // done
  int64_t best_epoch = 0;
  double loss = 0;  // sums over the steps of this epoch
  double accuracy = 0;
  double best = 0;  // validation accuracies
  double before = 0;
  int64_t processes = 1;  // that have done the last step
};

struct Checkpoint {
  Progressed progressed;
  NamedTensors now;
  NamedTensors best;
  NamedTensors optimizer;
};

std::string checkpoint_path(const std::string& folder);

void save_checkpoint(const Checkpoint& checkpoint, const Identity& identity,
                     const std::string& folder);

// Throws Error naming the file: missing, damaged, of other options or data (the
// first that differs is named), without a tensor that `now` and `best` here
// have, or with one of another shape.
Checkpoint load_checkpoint(const std::string& folder, const Identity& identity,
                           const NamedTensors& like);

}  // namespace nc
