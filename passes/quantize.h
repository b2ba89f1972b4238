// Integers for real numbers in a spiking graph.
//
// Spikes are 0 or 1 and carry no scale, so one scale s_c per output channel c
// of each weighted layer is free, and rounding is the only error:
//
//   w_q = round(w / s_c)   b_q = round(b / s_c)   theta_q = round(theta / s_c)
//
// with s_c = max |w| / (2^(bits-1) - 1). Layers whose currents are added up
// share s_c. Where a current is read by another weighted layer, its s_c is
// folded into that layer's weights; at the output one s serves all classes.
// v > theta becomes v_q >= theta_q, which differs only where v equals theta.
// The scale of an identity skip is rounded to 16 bits. From here all arithmetic
// is integer, so every engine can be exact.
//
// Conditions: input node quantised, theta folded (spikes 0/1), no average
// pools, batch_norm or activations; throws Error naming the node otherwise.
#pragma once

#include "ir/graph.h"

namespace nc {

struct QuantizeOptions {
  int64_t bits = 8;  // of weights, 2 to 16

  // Largest |current| a step may bring, bias included, in integer units; 0: no
  // limit. A chip's accumulator: scales grow until the sums of |w_q| * payload
  // are provably below it.
  int64_t current_limit = 0;

  // Membranes saturate at +-(2^(membrane_bits-1) - 1); 0: they do not.
  int64_t membrane_bits = 0;
};

Graph quantize(Graph graph, const QuantizeOptions& options = {});

}  // namespace nc
