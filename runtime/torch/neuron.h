// Neurons in ATen: the rules of runtime/neuron.h for a whole layer and batch.
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <ATen/ATen.h>

#include "ir/ops.h"

namespace nc {

// A layer's state over time; threshold and decay broadcast against the values.
class TorchNeurons {
 public:
  // `integers`: decay counts in 1/4096 and v(0) is rounded down.
  TorchNeurons(const Neuron& neuron, at::Tensor threshold, at::Tensor decay,
               bool integers);

  // One step: adds z, fires, resets; gives the payloads.
  at::Tensor step(const at::Tensor& z);

  // All steps: z is [T, batch, ...] or [1, batch, ...] for a current that is
  // the same at each of `timesteps` steps; gives [T, batch, ...].
  at::Tensor run(const at::Tensor& z, int64_t timesteps);

  const at::Tensor& membrane() const { return membrane_; }

  // Membranes after each step are kept while this is true.
  void keep_membranes(bool keep) { keep_ = keep; }
  const std::vector<at::Tensor>& membranes() const { return membranes_; }

 private:
  void start(const at::Tensor& like);
  at::Tensor payload() const;

  Neuron neuron_;
  at::Tensor threshold_;
  at::Tensor decay_;
  bool integers_;
  bool keep_ = false;
  at::Tensor membrane_;
  at::Tensor net_count_;
  std::vector<at::Tensor> membranes_;
};

// v(0) per neuron group.
at::Tensor initial_membrane(const Neuron& neuron, const at::Tensor& threshold,
                            bool integers);

// The exact schedule: counts for the sum of all currents.
at::Tensor exact_count(const Neuron& neuron, const at::Tensor& threshold,
                       const at::Tensor& sum, int64_t timesteps, bool integers);

// v * decay, towards zero for integers.
at::Tensor leaked(const at::Tensor& membrane, const at::Tensor& decay,
                  bool integers);

}  // namespace nc
