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

at::Tensor row_max(const Columns& z) {
  const at::Tensor& own = z.values;
  at::Tensor most = own.size(1) > 0 ? own.amax(1).clamp_min(0)
                                    : at::zeros({own.size(0)}, own.options());
  return gathered(z.others, most).amax(0);
}

// The value of each row at place `index`, in ascending order, or 0 where it is
// negative. Positive floats are in the order of their bits: these are found
// one after the other, by counting.
at::Tensor value_at(const Columns& z, const at::Tensor& index) {
  constexpr int kLargestBit = 30;
  at::Tensor own = z.values.clamp_min(0).contiguous().view(at::kInt);
  at::Tensor found = at::zeros({own.size(0)}, at::kInt);
  for (int bit = kLargestBit; bit >= 0; --bit) {
    at::Tensor more = found.add(1 << bit);
    at::Tensor below = added_up(z.others, own.lt(more.unsqueeze(1)).sum(1));
    found = at::where(below.le(index), more, found);
  }
  return found.view(at::kFloat);
}

// The given percentile of the positive values of each row.
at::Tensor row_percentile(const Columns& z, double percentile) {
  at::Tensor positive = added_up(z.others, z.values.gt(0).sum(1));
  at::Tensor rank =
      (positive.to(at::kDouble) * (percentile / 100)).ceil().to(at::kLong);
  at::Tensor first = -positive + z.all - 1;
  at::Tensor index = (first + rank).clamp(0, z.all - 1);
  if (z.others) return value_at(z, index);
  at::Tensor sorted = std::get<0>(z.values.sort(1));
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

// One Lloyd step for given quantised values f = theta * k / L of the target:
// the factor E[target f] / E[f^2] per row, 1 where nothing fires.
at::Tensor lloyd_factor(Processes* others, const at::Tensor& target,
                        const at::Tensor& f) {
  at::Tensor own = at::stack({(target * f).sum(1), f.square().sum(1)});
  at::Tensor sums = added_up(others, own);
  at::Tensor cross = sums[0], square = sums[1];
  return at::where(square.gt(0), cross / square.clamp_min(1e-30),
                   at::ones_like(square));
}

// From the maximum downwards to the fixed point; every step lowers the error.
at::Tensor lloyd(const Columns& z, double cap, int64_t levels) {
  constexpr int kIterations = 60;
  at::Tensor target = z.values.clamp(0, cap);
  at::Tensor threshold = filled(row_max(z).clamp_max(cap));
  for (int i = 0; i < kIterations; ++i) {
    at::Tensor f = quantized(z.values, threshold, levels);
    threshold = filled(threshold * lloyd_factor(z.others, target, f));
  }
  return threshold;
}

// A batch of columns of all processes.
struct ColumnBatch {
  at::Tensor own;
  int64_t all = 0;
};

// As at::chunk cuts the columns of all processes up.
std::vector<ColumnBatch> batches_of(const Columns& z, int64_t count) {
  int64_t most = (z.all + count - 1) / count;
  std::vector<ColumnBatch> batches;
  for (int64_t first = 0; first < z.all; first += most) {
    int64_t end = std::min(first + most, z.all);
    at::Tensor own = z.values.slice(1, first, end);
    if (z.others) {
      at::Tensor within = z.place.ge(first).logical_and_(z.place.lt(end));
      own = z.values.index_select(1, within.nonzero().flatten());
    }
    batches.push_back({own, end - first});
  }
  return batches;
}

at::Tensor mean_excess(Processes* others, const ColumnBatch& batch,
                       const at::Tensor& threshold) {
  at::Tensor excess = (batch.own - threshold.unsqueeze(1)).clamp_min(0);
  if (!others) return excess.mean(1);
  return added_up(others, excess.sum(1)) / static_cast<double>(batch.all);
}

// Local threshold balancing: batches of columns, in a fixed order.
at::Tensor balanced(const Columns& z) {
  constexpr int kUpdates = 2000;
  constexpr int64_t kBatches = 16;
  at::Tensor threshold = at::zeros({z.values.size(0)}, z.values.options());
  std::vector<ColumnBatch> batches = batches_of(z, kBatches);
  for (size_t i = 0; i < kUpdates; ++i) {
    const ColumnBatch& batch = batches[i % batches.size()];
    threshold += mean_excess(z.others, batch, threshold) * 2;
  }
  return threshold;
}

}  // namespace

at::Tensor find_threshold(const Columns& z, double cap,
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
