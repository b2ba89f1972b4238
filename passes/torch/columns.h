// A layer's pre-activations by channel, so many of them as are enough to know
// their distribution, each process having those of its own samples.
//
// Of a layer with P positions, sample n's position p is column n P + p of all;
// every stride-th column is taken, whoever has it.
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <ATen/ATen.h>

#include "passes/torch/sums.h"

namespace nc {

struct Columns {
  at::Tensor values;  // [rows, own columns]
  Processes* others = nullptr;
  int64_t all = 0;   // columns of all processes
  at::Tensor place;  // [own columns], among all, ascending; undefined if alone
};

// [channels, values] of a batch [batch, channels, ...].
at::Tensor by_channel(const at::Tensor& values);

// z [own samples, channels, ...]; `samples` of all processes.
Columns sampled_columns(const at::Tensor& z, int64_t samples,
                        const Dealt& dealt);

// One row for the whole layer, channel after channel.
Columns as_one_row(const Columns& columns);

}  // namespace nc
