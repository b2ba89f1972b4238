// How many synapses spikes crossed: for each weighted layer, the events that
// reach it times the number of weights an input meets on average,
//
//   operations = sum over layers of events(sources) * connections / inputs,
//
// where connections counts the pairs of input and output that a weight joins,
// zero padding left out. Pools and rearrangements pass events on. The average
// is exact for dense layers; for convolutions it takes events to be spread
// evenly over border and centre. The analog input is not counted: its products
// are multiplications (input_operations).
#pragma once

#include <vector>

#include "runtime/engine.h"

namespace nc {

struct SynapticOperations {
  double events = 0;      // per sample: additions that spikes cause
  double from_input = 0;  // per sample: products with the analog input
  double dense = 0;       // per sample: all weights at every step
};

SynapticOperations synaptic_operations(const Graph& graph,
                                       const std::vector<LayerCount>& layers,
                                       int64_t samples);

}  // namespace nc
