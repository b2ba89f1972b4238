// The torch engine: LibTorch on the CPU or on CUDA, a layer at a time with all
// T steps in one batch. The integers of a quantised graph are carried in
// floats that hold them exactly (f32 while every value stays below 2^24, which
// is derived, else f64), so its spikes are those of the reference engine.
#pragma once

#include "runtime/engine.h"

namespace nc {

struct TorchEngineOptions {
  std::string device = "cpu";  // or "cuda", "cuda:1"
  int threads = 0;             // 0: LibTorch's own choice
  // Networks of real numbers: values and weights in bf16, of which 8 bits are
  // significant (a teacher's outputs need no more).
  bool bf16 = false;
  bool channels_last = false;  // images in memory, which is faster on a CPU
};

std::unique_ptr<Engine> make_torch_engine(
    const Graph& graph, const TorchEngineOptions& options = {});

}  // namespace nc
