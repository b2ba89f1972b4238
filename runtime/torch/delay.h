// Delay in ATen, for a whole layer and batch, step by step. Private to the
// *_torch libraries: this header names torch types.
#pragma once

#include <ATen/ATen.h>

#include <deque>
#include <vector>

namespace nc {

class TorchDelay {
 public:
  // `steps` are whole numbers and broadcast against the values.
  explicit TorchDelay(at::Tensor steps);

  // Takes what comes in at this step, gives what came in `steps` ago.
  at::Tensor step(const at::Tensor& z);

 private:
  at::Tensor steps_;
  std::vector<int64_t> distinct_;  // in rising order
  std::deque<at::Tensor> past_;    // latest first
};

}  // namespace nc
