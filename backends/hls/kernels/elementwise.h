// Layers that make one value of one value at the same place.
#ifndef SNN_KERNELS_ELEMENTWISE_H
#define SNN_KERNELS_ELEMENTWISE_H

#include "integers.h"

namespace snn {

// y[i] = a[i] + b[i], where branches meet.
template <class C>
void add(const typename C::in_t a[], const typename C::other_t b[],
         typename C::out_t y[]) {
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    y[i] = a[i] + b[i];
  }
}

// weight[i / kWeightGroup] * x + bias[i / kBiasGroup]
template <class C>
typename C::out_t scaled(int i, const typename C::in_t& x,
                         const typename C::weight_rom weight[],
                         const typename C::bias_rom bias[]) {
  const typename C::weight_t w = weight[i / C::kWeightGroup];
  typename C::sum_t sum = bias[i / C::kBiasGroup];
  sum += w * x;
  return sum;
}

template <class C>
void scale(const typename C::in_t x[], typename C::out_t y[],
           const typename C::weight_rom weight[],
           const typename C::bias_rom bias[]) {
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    y[i] = scaled<C>(i, x[i], weight, bias);
  }
}

// max(x, 0)
template <class C>
typename C::out_t rectified(const typename C::in_t& x) {
  typename C::out_t result = 0;
  if (x > 0) result = x;
  return result;
}

template <class C>
void rectify(const typename C::in_t x[], typename C::out_t y[]) {
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    y[i] = rectified<C>(x[i]);
  }
}

}  // namespace snn

#endif
