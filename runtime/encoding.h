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
//   events   not for stored images: an Error
// A network without time (T = 0) receives x, whatever its encoding.
#pragma once

#include <cstdint>

#include "runtime/data/dataset.h"
#include "runtime/engine.h"

namespace nc {

// Samples first ... first + count - 1 of `data`. Spikes of `rate` depend only
// on the seed, the sample's position in `data`, the element and the step.
// Shapes must agree, except that one of them may be flat ([784] for
// [1, 28, 28]). Throws Error with what was expected and found.
Batch make_batch(const Graph& graph, const Dataset& data, int64_t first,
                 int64_t count, uint64_t seed = 0);

}  // namespace nc
