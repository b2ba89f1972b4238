// Samples that have a frame for every time step: event recordings, which are
// binned when they are needed, and arrays [N, T, ...shape].
// (runtime/encoding.h says what a network receives of them.)
#pragma once

#include "runtime/data/dataset.h"
#include "runtime/engine.h"

namespace nc {

// Whether the samples are framed, for a network with such an input.
bool is_framed(const Dataset& data, const Shape& input);

// The frames of a sample as stored, [steps, ...shape of a frame]. Throws Error
// naming the recording.
std::vector<float> stored_frames(const Dataset& data, int64_t sample,
                                 int64_t steps);

// How many frames a network of T = `timesteps` (0: without time) is given.
// Throws Error when the data have another number, or it is not known.
int64_t steps_of(const Dataset& data, int64_t timesteps);

// make_batch() for framed samples.
Batch make_framed_batch(const Graph& graph, const Dataset& data, int64_t first,
                        int64_t count);

}  // namespace nc
