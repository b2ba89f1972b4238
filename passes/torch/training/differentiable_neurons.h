// A layer of neurons over time, as TorchNeurons (runtime/torch/neuron.h), for
// training: nothing is changed in place, steps have surrogate derivatives, and
// the state between two steps can be kept and continued from.
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
  at::Tensor threshold;  // broadcasts against the values
  at::Tensor decay;      // undefined without a leak
  SurrogateShape surrogate;
  bool integers = false;
  bool detach_reset = false;
};

// One step: adds z, fires, resets; gives the payloads.
at::Tensor step(const NeuronRule& rule, NeuronMemory& memory,
                const at::Tensor& z);

// v * decay, towards zero for integers, with the gradient of the product.
at::Tensor differentiable_leak(const at::Tensor& membrane,
                               const at::Tensor& decay, bool integers);

}  // namespace nc
