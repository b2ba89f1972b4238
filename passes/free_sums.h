// Makes every sum one of currents whose scale may be chosen.
//
// quantize() gives each weighted layer a scale of its own, s_c per channel.
// Spikes and inputs have none: they are integers already. A scale by 1 turns
// them into a current like any other, on the edges of sums whose inputs differ
// in this, and in front of neurons that read spikes as they are (so that their
// threshold has digits to be rounded to). The function stays the same.
#pragma once

#include "ir/graph.h"

namespace nc {

Graph free_sums(Graph graph);

// Channel c of the result comes from channel c of the input: pools, and slices
// and pads of other axes.
bool keeps_channels(const Op& op);

// Holds integers of its own: spikes and inputs.
bool is_source(const Op& op);

}  // namespace nc
