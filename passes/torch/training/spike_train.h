// A layer of neurons over time, as TorchNeurons (runtime/torch/neuron.h), for
// training: steps have surrogate derivatives, and the state between two runs
// can be kept and continued from.
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <ATen/ATen.h>

#include "ir/ops.h"
#include "passes/torch/training/surrogate.h"

namespace nc {

// What a layer remembers; undefined before the first step.
struct NeuronMemory {
  at::Tensor membrane;
  at::Tensor net_count;  // of signed neurons; has no gradient
};

struct NeuronRule {
  const Neuron& neuron;
  at::Tensor threshold;  // broadcasts against a sample's values
  at::Tensor decay;      // the same; undefined without a leak
  SurrogateShape surrogate;
  bool integers = false;
  bool detach_reset = false;
};

// `count` steps of currents z [count, samples, ...], or [1, samples, ...] for a
// current that is the same at each of them; gives payloads [count, samples,
// ...], with the gradients of passes/train.h.
at::Tensor spike_train(const NeuronRule& rule, NeuronMemory& memory,
                       const at::Tensor& z, int64_t count);

// v * decay, towards zero for integers, with the gradient of the product.
at::Tensor differentiable_leak(const at::Tensor& membrane,
                               const at::Tensor& decay, bool integers);

}  // namespace nc
