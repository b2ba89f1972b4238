// A chip's accumulator (QuantizeOptions::current_limit), kept while weights
// change: what all layers that share scales can bring to a neuron of channel c
// in one step,
//
//   sum over layers of  reach * heavier side of w_c  +  max |b_c|,
//
// stays within the limit (as passes/quantize.h counts it: reach is the largest
// value that a layer reads, the heavier side the larger of the sums of positive
// and negative integers, both where values may be negative). Where a step of
// training goes beyond, weights and biases of the channel are scaled down.
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <vector>

#include "ir/graph.h"
#include "passes/torch/training/slots.h"

namespace nc {

class CurrentLimit {
 public:
  // `slots` must live as long; limit 0: none. The graph is quantised.
  CurrentLimit(const Graph& graph, std::vector<std::vector<Slot>>& slots,
               int64_t limit);

  void keep();

 private:
  struct Layer {
    Slot* weight = nullptr;
    Slot* bias = nullptr;
    double reach = 0;
    bool may_be_negative = false;
    bool is_scale = false;
    int64_t channels = 0;
  };

  static at::Tensor current_of(const Layer& layer);

  std::vector<std::vector<Layer>> groups_;
  double limit_;
};

}  // namespace nc
