// Graphs that are not quantised, in f32: the reference engine's loops, one
// sample per thread, with convolutions by oneDNN.
#pragma once

#include <memory>

#include "runtime/cpu/engine.h"

namespace nc {

std::unique_ptr<CpuEngine> make_float_engine(const Graph& graph, int threads);

}  // namespace nc
