#include "passes/torch/training/differentiable_neurons.h"

#include "runtime/torch/neuron.h"

namespace nc {
namespace {

at::Tensor first_membrane(const NeuronRule& rule, const at::Tensor& like) {
  const at::Tensor& threshold = rule.threshold;
  at::Tensor zero = at::zeros_like(like);
  if (rule.neuron.initial == Initial::zero) return zero;
  at::Tensor half = threshold / 2;
  if (!rule.integers) return zero + half;
  return zero + straight_through(half, half.detach().floor());
}

at::Tensor saturated(const Neuron& neuron, const at::Tensor& v) {
  if (neuron.membrane_bits == 0) return v;
  double most =
      static_cast<double>((int64_t{1} << (neuron.membrane_bits - 1)) - 1);
  return v.clamp(-most, most);
}

at::Tensor reset(const NeuronRule& rule, const at::Tensor& v,
                 const at::Tensor& spikes) {
  at::Tensor s = rule.detach_reset ? spikes.detach() : spikes;
  if (rule.neuron.reset == Reset::subtract) return v - s * rule.threshold;
  // Payloads other than 0 and 1 say that it fired, not how much it matters.
  bool binary = rule.neuron.levels == 1 && !rule.neuron.is_signed;
  at::Tensor fires = binary ? s : spikes.detach().ne(0).to(v.scalar_type());
  at::Tensor kept = v * (1 - fires);
  if (rule.neuron.reset == Reset::zero) return kept;
  return kept + fires * rule.neuron.reset_value;
}

}  // namespace

at::Tensor differentiable_leak(const at::Tensor& membrane,
                               const at::Tensor& decay, bool integers) {
  at::Tensor v = membrane * decay;
  if (!integers) return v;
  return straight_through(v / 4096,
                          leaked(membrane.detach(), decay.detach(), true));
}

at::Tensor step(const NeuronRule& rule, NeuronMemory& memory,
                const at::Tensor& z) {
  at::Tensor v = memory.membrane;
  if (!v.defined()) {
    v = first_membrane(rule, z);
    if (rule.neuron.is_signed) memory.net_count = at::zeros_like(z);
  }
  if (rule.decay.defined()) {
    v = differentiable_leak(v, rule.decay, rule.integers);
  }
  v = saturated(rule.neuron, v + z);
  at::Tensor spikes =
      fired(rule.neuron, rule.surrogate, v, rule.threshold, memory.net_count);
  if (rule.neuron.is_signed) {
    memory.net_count = memory.net_count + spikes.detach();
  }
  memory.membrane = reset(rule, v, spikes);
  return spikes;
}

}  // namespace nc
