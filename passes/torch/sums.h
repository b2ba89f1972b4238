// Tensors over the processes of one piece of work (runtime/processes.h). All
// make the same calls; where `others` is null, this process is alone and gets
// back what it gives.
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <ATen/ATen.h>

#include "runtime/processes.h"

namespace nc {

// The sum of everybody's values (f32, f64 or i64, in one shape). Where they
// have gradients, the loss is the sum of everybody's losses: a process's values
// act on all of them, so that gradients are added up as well.
at::Tensor added_up(Processes* others, const at::Tensor& values);

// [processes, ...]: everybody's values, in the order of ranks.
at::Tensor gathered(Processes* others, const at::Tensor& values);

// Those of the first process, to the bit.
at::Tensor of_first(Processes* others, const at::Tensor& values);

// The mean over `dim` of all that everybody has there, f32; of a process
// alone, LibTorch's.
at::Tensor mean_of_all(Processes* others, const at::Tensor& values,
                       int64_t dim);

// Samples dealt out in turn (dealt_to): which of all are this process's.
struct Dealt {
  Processes* others = nullptr;

  int64_t size() const { return others ? others->size() : 1; }
  int64_t rank() const { return others ? others->rank() : 0; }

  // How many of the first `count` samples of all.
  int64_t own(int64_t count) const {
    return others ? dealt_to(count, others->rank(), others->size()) : count;
  }
  // Which one of all is its own sample `i`.
  int64_t number(int64_t i) const { return i * size() + rank(); }
};

}  // namespace nc
