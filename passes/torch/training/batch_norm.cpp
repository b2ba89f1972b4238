#include "passes/torch/training/batch_norm.h"

#include <ATen/core/grad_mode.h>

#include "passes/torch/sums.h"

namespace nc {
namespace {

void learn(at::Tensor& running, const at::Tensor& now, double momentum) {
  at::NoGradGuard guard;
  running.mul_(1 - momentum).add_(now.to(running.scalar_type()), momentum);
}

}  // namespace

// From the mean first to the variance: x - mean does not lose the digits that
// mean x^2 - mean^2 would.
at::Tensor batch_norm_of_all(Processes& others, const at::Tensor& x,
                             BatchNormParameters parameters) {
  std::vector<int64_t> all_but_channels = {0};
  std::vector<int64_t> aligned(static_cast<size_t>(x.dim()), 1);
  aligned[1] = x.size(1);
  for (int64_t i = 2; i < x.dim(); ++i) all_but_channels.push_back(i);
  auto sum = [&](const at::Tensor& values) {
    return added_up(&others, values.sum(all_but_channels, false, at::kDouble));
  };
  int64_t count = x.numel() / x.size(1);
  others.add_up(&count, 1);
  at::Tensor mean = sum(x) / static_cast<double>(count);
  at::Tensor centred = x - mean.to(x.scalar_type()).reshape(aligned);
  at::Tensor variance = sum(centred.square()) / static_cast<double>(count);
  double unbiased = static_cast<double>(count) / static_cast<double>(count - 1);
  learn(parameters.mean, mean.detach(), parameters.momentum);
  learn(parameters.variance, variance.detach() * unbiased, parameters.momentum);
  at::Tensor scale =
      (variance + parameters.epsilon).rsqrt().to(x.scalar_type());
  if (parameters.weight.defined()) scale = scale * parameters.weight;
  at::Tensor y = centred * scale.reshape(aligned);
  if (!parameters.bias.defined()) return y;
  return y + parameters.bias.reshape(aligned);
}

}  // namespace nc
