#include "passes/torch/threshold.h"

#include <algorithm>

namespace nc {
namespace {

// Rows without any positive value still need a threshold: a small part of the
// layer's largest.
at::Tensor filled(const at::Tensor& threshold) {
  double most = std::max(threshold.max().item().toDouble(), 1e-6);
  return threshold.clamp_min(1e-3 * most);
}

at::Tensor row_max(const at::Tensor& z) { return z.amax(1).clamp_min(0); }

// The given percentile of the positive values of each row.
at::Tensor row_percentile(const at::Tensor& z, double percentile) {
  at::Tensor sorted = std::get<0>(z.sort(1));
  at::Tensor positive = z.gt(0).sum(1);
  at::Tensor rank =
      (positive.to(at::kDouble) * (percentile / 100)).ceil().to(at::kLong);
  at::Tensor first = -positive + z.size(1) - 1;
  at::Tensor index = (first + rank).clamp(0, z.size(1) - 1);
  return sorted.gather(1, index.unsqueeze(1)).squeeze(1).clamp_min(0);
}

at::Tensor quantized(const at::Tensor& z, const at::Tensor& threshold,
                     int64_t levels) {
  double count = static_cast<double>(levels);
  at::Tensor theta = threshold.unsqueeze(1);
  return (z * (count / theta) + 0.5)
      .floor_()
      .clamp_(0, count)
      .mul_(theta / count);
}

// From the maximum downwards to the fixed point; every step lowers the error.
at::Tensor lloyd(const at::Tensor& z, double cap, int64_t levels) {
  constexpr int kIterations = 60;
  at::Tensor target = z.clamp(0, cap);
  at::Tensor threshold = filled(row_max(z).clamp_max(cap));
  for (int i = 0; i < kIterations; ++i) {
    at::Tensor f = quantized(z, threshold, levels);
    threshold = filled(threshold * lloyd_factor(target, f));
  }
  return threshold;
}

// Local threshold balancing: batches of columns, in a fixed order.
at::Tensor balanced(const at::Tensor& z) {
  constexpr int kUpdates = 2000;
  constexpr int64_t kBatches = 16;
  at::Tensor threshold = at::zeros({z.size(0)}, z.options());
  std::vector<at::Tensor> batches = z.chunk(kBatches, 1);
  for (size_t i = 0; i < kUpdates; ++i) {
    const at::Tensor& batch = batches[i % batches.size()];
    threshold += (batch - threshold.unsqueeze(1)).clamp_min(0).mean(1) * 2;
  }
  return threshold;
}

}  // namespace

at::Tensor lloyd_factor(const at::Tensor& target,
                        const at::Tensor& quantized_target) {
  at::Tensor cross = (target * quantized_target).sum(1);
  at::Tensor square = quantized_target.square().sum(1);
  return at::where(square.gt(0), cross / square.clamp_min(1e-30),
                   at::ones_like(square));
}

at::Tensor find_threshold(const at::Tensor& z, double cap,
                          const CalibrationOptions& options) {
  switch (options.method) {
    case CalibrationMethod::percentile:
      return filled(row_percentile(z, options.percentile).clamp_max(cap));
    case CalibrationMethod::lloyd:
    case CalibrationMethod::qcfs:
      return lloyd(z, cap, options.levels());
    case CalibrationMethod::ltb:
      return filled(balanced(z).clamp_max(cap));
    case CalibrationMethod::max:
    case CalibrationMethod::bn:  // needs no samples: not for here
      break;
  }
  return filled(row_max(z).clamp_max(cap));
}

}  // namespace nc
