#include "runtime/torch/neuron.h"

namespace nc {

at::Tensor initial_membrane(const Neuron& neuron, const at::Tensor& threshold,
                            bool integers) {
  if (neuron.initial == Initial::zero) return at::zeros_like(threshold);
  at::Tensor half = threshold / 2;
  return integers ? half.floor_() : half;
}

at::Tensor leaked(const at::Tensor& membrane, const at::Tensor& decay,
                  bool integers) {
  if (!integers) return membrane * decay;
  // A product has 12 bits more than the membrane.
  at::Tensor v = membrane.to(at::kDouble) * decay;
  return v.div_(4096).trunc_().to(membrane.scalar_type());
}

at::Tensor exact_count(const Neuron& neuron, const at::Tensor& threshold,
                       const at::Tensor& sum, int64_t timesteps,
                       bool integers) {
  int64_t most = timesteps * ((int64_t{1} << neuron.levels) - 1);
  at::Tensor v = sum + initial_membrane(neuron, threshold, integers);
  return (v / threshold).floor_().clamp_(0, static_cast<double>(most));
}

TorchNeurons::TorchNeurons(const Neuron& neuron, at::Tensor threshold,
                           at::Tensor decay, bool integers)
    : neuron_(neuron),
      threshold_(std::move(threshold)),
      decay_(std::move(decay)),
      integers_(integers) {}

void TorchNeurons::start(const at::Tensor& like) {
  membrane_ =
      at::zeros_like(like) + initial_membrane(neuron_, threshold_, integers_);
  if (neuron_.is_signed) net_count_ = at::zeros_like(like);
}

at::Tensor TorchNeurons::payload() const {
  if (neuron_.levels > 1) {
    double most = static_cast<double>((int64_t{1} << neuron_.levels) - 1);
    return (membrane_ / threshold_).floor_().clamp_(0, most);
  }
  at::Tensor fires =
      neuron_.strict ? membrane_.gt(threshold_) : membrane_.ge(threshold_);
  at::Tensor spikes = fires.to(membrane_.scalar_type());
  if (!neuron_.is_signed) return spikes;
  at::Tensor taken_back = membrane_.lt(0).logical_and_(net_count_.gt(0));
  return spikes.sub_(taken_back.to(membrane_.scalar_type()));
}

at::Tensor TorchNeurons::step(const at::Tensor& z) {
  if (!membrane_.defined()) start(z);
  if (decay_.defined()) membrane_ = leaked(membrane_, decay_, integers_);
  membrane_.add_(z);
  if (neuron_.membrane_bits > 0) {
    double most =
        static_cast<double>((int64_t{1} << (neuron_.membrane_bits - 1)) - 1);
    membrane_.clamp_(-most, most);
  }
  at::Tensor spikes = payload();
  if (neuron_.is_signed) net_count_.add_(spikes);
  if (neuron_.reset == Reset::subtract) {
    membrane_.addcmul_(spikes, threshold_, -1);
  } else {
    bool value = neuron_.reset == Reset::value;
    membrane_.masked_fill_(spikes.ne(0), value ? neuron_.reset_value : 0.0);
  }
  if (keep_) membranes_.push_back(membrane_.clone());
  return spikes;
}

at::Tensor TorchNeurons::run(const at::Tensor& z, int64_t timesteps) {
  std::vector<at::Tensor> spikes;
  for (int64_t t = 0; t < timesteps; ++t) {
    spikes.push_back(step(z[z.size(0) == 1 ? 0 : t]));
  }
  return at::stack(spikes);
}

}  // namespace nc
