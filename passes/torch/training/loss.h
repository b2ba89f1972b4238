// The loss of training (passes/train.h has the formula).
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <ATen/ATen.h>

#include "passes/torch/training/network.h"
#include "passes/train.h"

namespace nc {

// What the outputs of a batch are compared with.
struct Wanted {
  at::Tensor labels;  // [samples]
  at::Tensor
      teacher;       // logits [samples, outputs]; undefined without distilling
  double share = 1;  // of the step's samples, all processes taken together
};

// Throws Error for labels that no output stands for, and when the options ask
// for a teacher that the batch does not have.
Wanted wanted_of(const TrainBatch& batch, int64_t outputs,
                 const TrainOptions& options);

// With several processes: this one's part of the loss, which is the sum of all
// parts. Spike rates are those of all.
at::Tensor loss_of(const Trace& trace, const Wanted& wanted,
                   const TrainOptions& options);

}  // namespace nc
