// From stored samples to what a graph's input node receives, step by step.
//
// The analog value of element i, in channel c (axis 0):
//   x = (stored * scale - mean_c) / std_c            (graph.run.preprocessing)
//   x = clip(round(x / step), low, high)  when Input.step > 0; halves go away
//                                         from zero
// With T = run.timesteps and max = Input.high, or 1 when Input.step = 0, the
// encodings are, for x within [0, max]:
//   direct   x, the same at every step: Batch::steps = 1
//   rate     at each of T steps, max with probability x / max, else 0; its
//            mean over time is x on average
//   latency  max once, at step floor((max - x) * (T - 1) / max) of 0 ... T - 1;
//            x = 0 never spikes
//   events   the T frames of the sample, one each step (see below); an Error
//            for stored images
// A network without time (T = 0) receives x, whatever its encoding.
//
// Framed samples have a value for every step: event recordings, binned to T
// frames (runtime/events/frames.h), and arrays [N, T, ...shape]. At step t
// a network receives x of frame t. A network without time receives the mean
// of x over all frames, x not rounded; how many they are must then be said
// (EventData::steps): the mean of T frames of counts is 1/T of all events.
#pragma once

#include <cstdint>

#include "runtime/data/dataset.h"
#include "runtime/engine.h"

namespace nc {

// Samples first ... first + count - 1 of `data`. Spikes of `rate` depend only
// on the seed, the sample's position in `data`, the element and the step.
// Shapes, of framed samples those of a frame, must agree, except that one of
// them may be flat ([784] for [1, 28, 28]). Throws Error with what was expected
// and found.
Batch make_batch(const Graph& graph, const Dataset& data, int64_t first,
                 int64_t count, uint64_t seed = 0);

}  // namespace nc
