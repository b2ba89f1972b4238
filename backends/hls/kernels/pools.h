// Windows over [channels][height][width]; a signal has height 1. Cells outside
// of the input count nothing in a sum and never win a maximum.
#ifndef SNN_KERNELS_POOLS_H
#define SNN_KERNELS_POOLS_H

#include "integers.h"

namespace snn {

// Calls fold(cell index) for the cells of one window that lie inside.
template <class C, class Fold>
void for_window(int output, Fold& fold) {
  const int size = C::kOutHeight * C::kOutWidth;
  const int channel = output / size;
  const int top =
      output % size / C::kOutWidth * C::kStrideHeight - C::kPaddingHeight;
  const int left = output % C::kOutWidth * C::kStrideWidth - C::kPaddingWidth;
  for (int ky = 0; ky < C::kKernelHeight; ++ky) {
    for (int kx = 0; kx < C::kKernelWidth; ++kx) {
#pragma HLS PIPELINE II = 1
      const int row = top + ky * C::kDilationHeight;
      const int column = left + kx * C::kDilationWidth;
      if (row >= 0 && row < C::kInHeight && column >= 0 &&
          column < C::kInWidth) {
        fold((channel * C::kInHeight + row) * C::kInWidth + column);
      }
    }
  }
}

template <class C>
struct WindowSum {
  const typename C::in_t* x;
  typename C::out_t result;
  void operator()(int cell) { result += x[cell]; }
};

template <class C>
struct WindowMax {
  const typename C::in_t* x;
  typename C::out_t result;
  bool is_first;
  void operator()(int cell) {
    if (is_first || x[cell] > result) result = x[cell];
    is_first = false;
  }
};

template <class C>
void sum_pool(const typename C::in_t x[], typename C::out_t y[]) {
  for (int o = 0; o < C::kOutputs; ++o) {
    WindowSum<C> fold = {x, typename C::out_t(0)};
    for_window<C>(o, fold);
    y[o] = fold.result;
  }
}

template <class C>
void max_pool(const typename C::in_t x[], typename C::out_t y[]) {
  for (int o = 0; o < C::kOutputs; ++o) {
    WindowMax<C> fold = {x, typename C::out_t(0), true};
    for_window<C>(o, fold);
    y[o] = fold.result;
  }
}

}  // namespace snn

#endif
