#include "passes/torch/training/loss.h"

#include "ir/error.h"
#include "passes/torch/sums.h"

namespace nc {
namespace {

// tau^2 KL(teacher || network), mean over samples.
at::Tensor distance(const at::Tensor& logits, const at::Tensor& teacher,
                    double temperature) {
  at::Tensor ours = at::log_softmax(logits / temperature, 1);
  at::Tensor theirs = at::log_softmax(teacher / temperature, 1);
  at::Tensor each = (theirs.exp() * (theirs - ours)).sum(1);
  return each.mean() * (temperature * temperature);
}

}  // namespace

Wanted wanted_of(const TrainBatch& batch, int64_t outputs,
                 const TrainOptions& options) {
  auto samples = static_cast<int64_t>(batch.labels.size());
  if (samples != batch.input.samples) {
    throw Error("expected " + std::to_string(batch.input.samples) +
                " labels, one per sample, found " + std::to_string(samples));
  }
  for (int64_t label : batch.labels) {
    if (label >= 0 && label < outputs) continue;
    throw Error("expected labels from 0 to " + std::to_string(outputs - 1) +
                " as the network has " + std::to_string(outputs) +
                " outputs, found " + std::to_string(label));
  }
  Wanted wanted{at::tensor(batch.labels, at::kLong), {}};
  if (batch.of > 0) {
    wanted.share = static_cast<double>(samples) / static_cast<double>(batch.of);
  }
  if (options.distill == 0) return wanted;
  auto size = static_cast<int64_t>(batch.teacher.size());
  if (size != samples * outputs) {
    throw Error("expected " + std::to_string(outputs) +
                " outputs of the teacher, as the network has, found " +
                std::to_string(samples == 0 ? 0 : size / samples));
  }
  wanted.teacher =
      at::tensor(batch.teacher, at::kDouble).reshape({samples, outputs});
  return wanted;
}

at::Tensor loss_of(const Trace& trace, const Wanted& wanted,
                   const TrainOptions& options) {
  constexpr int64_t kIgnoreNone = -100;
  at::Tensor loss = at::cross_entropy_loss(trace.logits, wanted.labels, {},
                                           at::Reduction::Mean, kIgnoreNone,
                                           options.label_smoothing) *
                    (1 - options.distill);
  if (wanted.teacher.defined()) {
    loss = loss + options.distill * distance(trace.logits, wanted.teacher,
                                             options.temperature);
  }
  loss = loss * wanted.share;
  if (options.rate_weight == 0 || !trace.activity.defined()) return loss;
  Dealt dealt{options.others};
  at::Tensor rates = added_up(options.others, trace.activity * wanted.share);
  at::Tensor excess = rates - options.rate_target;
  double weight = options.rate_weight / static_cast<double>(dealt.size());
  return loss + weight * excess.square().mean();
}

}  // namespace nc
