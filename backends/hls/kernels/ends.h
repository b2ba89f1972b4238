// The two ends of the network, and what feedback edges remember.
#ifndef SNN_KERNELS_ENDS_H
#define SNN_KERNELS_ENDS_H

#include "integers.h"

namespace snn {

// The input of one step. A sample has kFrames frames: one per step, or a single
// one that stays. kIsWindow: all steps at once, kRepeats times the sum of the
// frames.
template <class C>
void read_input(const typename C::in_t input[], typename C::out_t y[],
                int step) {
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    const int frame = C::kFrames == 1 ? 0 : step;
    y[i] = input[frame * C::kOutputs + i];
  }
}

template <class C>
void read_window(const typename C::in_t input[], typename C::out_t y[]) {
  for (int i = 0; i < C::kOutputs; ++i) {
    typename C::out_t total = 0;
    for (int frame = 0; frame < C::kFrames; ++frame) {
#pragma HLS PIPELINE II = 1
      const typename C::in_t value = input[frame * C::kOutputs + i];
      total += value * typename C::repeats_t(C::kRepeats);
    }
    y[i] = total;
  }
}

// What is read out after a step: the sum over the steps so far, or the value of
// this one (kIsMembrane).
template <class C>
typename C::out_t read(const typename C::in_t& x,
                       const typename C::out_t& total, bool first) {
  typename C::out_t result = x;
  if (!first && !C::kIsMembrane) result += total;
  return result;
}

template <class C>
void read_out(const typename C::in_t x[], typename C::out_t total[],
              bool first) {
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    total[i] = read<C>(x[i], total[i], first);
  }
}

// A feedback edge reads 0 at the first step and then what was kept.
template <class C>
void recall(typename C::out_t y[], typename C::out_t kept[], bool first) {
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    if (first) kept[i] = 0;
    y[i] = kept[i];
  }
}

template <class C>
void keep(const typename C::in_t x[], typename C::out_t kept[]) {
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    kept[i] = x[i];
  }
}

}  // namespace snn

#endif
