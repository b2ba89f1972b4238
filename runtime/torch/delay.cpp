#include "runtime/torch/delay.h"

#include <set>

namespace nc {

TorchDelay::TorchDelay(at::Tensor steps) : steps_(std::move(steps)) {
  at::Tensor whole = steps_.to(at::kCPU, at::kLong).contiguous();
  const int64_t* first = whole.data_ptr<int64_t>();
  std::set<int64_t> found(first, first + whole.numel());
  distinct_.assign(found.begin(), found.end());
}

at::Tensor TorchDelay::step(const at::Tensor& z) {
  past_.push_front(z);
  at::Tensor late = at::zeros_like(z);
  for (int64_t delay : distinct_) {
    if (delay >= static_cast<int64_t>(past_.size())) break;
    const at::Tensor& then = past_[static_cast<size_t>(delay)];
    late = at::where(steps_.eq(delay), then, late);
  }
  bool is_full = static_cast<int64_t>(past_.size()) > distinct_.back();
  if (is_full) past_.pop_back();
  return late;
}

}  // namespace nc
