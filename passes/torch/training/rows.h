// How passes over memory see a layer's values: samples as rows of elements, in
// the order in which they lie there; blocks of elements side by side.
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <ATen/ATen.h>

#include <functional>

#include "ir/tensor.h"
#include "passes/torch/training/neuron_steps.h"

namespace nc {

// Of values [a, b, ...]: images whose channels come last in memory are taken as
// they lie there.
class Rows {
 public:
  explicit Rows(const at::Tensor& values);

  // [a, b, ...] to [a, b, elements], contiguous.
  at::Tensor flat(const at::Tensor& values) const;

  // And back.
  at::Tensor shaped(const at::Tensor& rows) const;

  // What broadcasts against a sample, to [elements].
  at::Tensor row(const at::Tensor& values) const;

 private:
  Shape sample_;
  bool last_;
};

template <class Real>
Real* data_of(const at::Tensor& values) {
  return values.defined() ? values.data_ptr<Real>() : nullptr;
}

// Calls f(float()) or f(double()).
template <class F>
void with_type(const at::Tensor& values, F f) {
  values.scalar_type() == at::kDouble ? f(double()) : f(float());
}

// Calls f(first, last) for blocks of kNeuronBlock elements, on all threads.
// What f sums over samples is the same for any number of them.
void for_each_block(int64_t elements,
                    const std::function<void(int64_t, int64_t)>& f);

}  // namespace nc
