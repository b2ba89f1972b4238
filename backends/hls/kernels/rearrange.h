// Layers that move values. Arrays are walked along four axes of kSize0 ...
// kSize3 cells, kStride0 ... kStride3 apart, from kStart.
#ifndef SNN_KERNELS_REARRANGE_H
#define SNN_KERNELS_REARRANGE_H

#include "integers.h"

namespace snn {

// Where cell i of the walk lies.
template <class C>
int walked(int i) {
  const int i3 = i % C::kSize3;
  const int i2 = i / C::kSize3 % C::kSize2;
  const int i1 = i / (C::kSize3 * C::kSize2) % C::kSize1;
  const int i0 = i / (C::kSize3 * C::kSize2 * C::kSize1);
  return C::kStart + i0 * C::kStride0 + i1 * C::kStride1 + i2 * C::kStride2 +
         i3 * C::kStride3;
}

// Permutations and slices: y takes the cells of x that the walk meets.
template <class C>
void gather(const typename C::in_t x[], typename C::out_t y[]) {
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    y[i] = x[walked<C>(i)];
  }
}

// Padding: x goes where the walk leads in y, kFill everywhere else.
template <class C>
void place(const typename C::in_t x[], typename C::out_t y[]) {
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    y[i] = C::kFill;
  }
  for (int i = 0; i < C::kInputs; ++i) {
#pragma HLS PIPELINE II = 1
    y[walked<C>(i)] = x[i];
  }
}

// Runs of kFirst values of a and of kSecond values of b in turn, kRuns times.
template <class C>
void concat(const typename C::in_t a[], const typename C::other_t b[],
            typename C::out_t y[]) {
  for (int run = 0; run < C::kRuns; ++run) {
    for (int i = 0; i < C::kFirst; ++i) {
#pragma HLS PIPELINE II = 1
      y[run * (C::kFirst + C::kSecond) + i] = a[run * C::kFirst + i];
    }
    for (int i = 0; i < C::kSecond; ++i) {
#pragma HLS PIPELINE II = 1
      y[run * (C::kFirst + C::kSecond) + C::kFirst + i] =
          b[run * C::kSecond + i];
    }
  }
}

}  // namespace snn

#endif
