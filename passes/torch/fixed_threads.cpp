#include "passes/torch/fixed_threads.h"

#include <ATen/Parallel.h>

// There where LibTorch uses OpenBLAS, whose threads it does not set.
extern "C" void openblas_set_num_threads(int) __attribute__((weak));

namespace nc {

FixedThreads::FixedThreads(int threads) : before_(at::get_num_threads()) {
  at::set_num_threads(threads);
  if (openblas_set_num_threads) openblas_set_num_threads(1);
}

FixedThreads::~FixedThreads() { at::set_num_threads(before_); }

}  // namespace nc
