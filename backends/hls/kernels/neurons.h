// Neurons, one per value. Per step, with z what reaches it:
//   v = leaked(v) + z;  clamp v to +-kMembraneLimit unless that is 0
//   s = clip(floor(v / threshold), 0, 2^kLevels - 1)
//   v -= threshold * s (kReset 0), v = 0 (1), v = kResetValue (2), if s > 0
// kIsStrict: s = 1 if v > threshold, else 0; any threshold, but kLevels = 1.
// kIsSigned: s = -1 if v < 0 and more spikes were sent than taken back.
// v starts at floor(threshold / 2) if kStartsHalf, else at 0. A leak multiplies
// by decay / 4096, rounding towards zero.
#ifndef SNN_KERNELS_NEURONS_H
#define SNN_KERNELS_NEURONS_H

#include "integers.h"
#include "recorder.h"

namespace snn {

// decay / 4096 of v, rounded towards zero: |v| decays, the sign stays.
template <class C>
typename C::membrane_t leaked(const typename C::membrane_t& v,
                              const typename C::decay_t& decay) {
  typename C::membrane_t result = 0;
  if (v < 0) {
    result = -((-v * decay) >> 12);
  } else {
    result = (v * decay) >> 12;
  }
  return result;
}

// min(floor(v / threshold), 2^Bits - 1) for v >= 0, bit by bit, without a
// divider; v keeps the rest.
template <int Bits, class Value, class Threshold>
int divide(Value& v, const Threshold& threshold) {
  int quotient = 0;
  for (int bit = Bits - 1; bit >= 0; --bit) {
#pragma HLS UNROLL
    if ((v >> bit) >= threshold) {
      Value part = threshold;
      part = part << bit;
      v -= part;
      quotient += 1 << bit;
    }
  }
  return quotient;
}

template <class C>
typename C::membrane_t initial(const typename C::threshold_t& threshold) {
  typename C::membrane_t v = 0;
  if (C::kStartsHalf) v = threshold >> 1;
  return v;
}

// v + z within the limits.
template <class C>
typename C::membrane_t integrated(const typename C::membrane_t& v,
                                  const typename C::in_t& z) {
  typename C::wide_t sum = v + z;
  const typename C::wide_t limit = C::kMembraneLimit;
  if (C::kMembraneLimit > 0) {
    if (sum > limit) sum = limit;
    if (sum < -limit) sum = -limit;
  }
  return sum;
}

// Neuron i at one step: what it sends. `first` is the first step of a sample.
template <class C>
typename C::out_t fired(int i, const typename C::in_t& z,
                        typename C::membrane_t membrane[],
                        typename C::count_t count[],
                        const typename C::threshold_rom thresholds[],
                        const typename C::decay_rom decays[], bool first) {
  const typename C::threshold_t threshold = thresholds[i / C::kThresholdGroup];
  typename C::membrane_t v = membrane[i];
  if (first) v = initial<C>(threshold);
  if (C::kLeaks) v = leaked<C>(v, decays[i / C::kDecayGroup]);
  v = integrated<C>(v, z);
  int spike = 0;
  bool fires = v >= threshold;
  if (C::kIsStrict) fires = v > threshold;
  if (fires) {
    typename C::membrane_t rest = v;
    spike = divide<C::kLevels>(rest, threshold);
    if (C::kReset == 0) v = rest;
    if (C::kReset == 1) v = 0;
    if (C::kReset == 2) v = C::kResetValue;
  }
  if (C::kIsSigned) {
    typename C::count_t sent = count[i];
    if (first) sent = 0;
    if (v < 0 && sent > 0) {
      spike = -1;
      v += threshold;
    }
    sent += spike;
    count[i] = sent;
  }
  membrane[i] = v;
  SNN_RECORD(C::kLayer, spike);
  return spike;
}

template <class C>
void fire(const typename C::in_t z[], typename C::out_t y[],
          typename C::membrane_t membrane[], typename C::count_t count[],
          const typename C::threshold_rom thresholds[],
          const typename C::decay_rom decays[], bool first) {
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    y[i] = fired<C>(i, z[i], membrane, count, thresholds, decays, first);
  }
}

// The exact schedule: neuron i's count of spikes for the sum z of all steps,
// clip(floor((z + v(0)) / threshold), 0, kMost).
template <class C>
typename C::out_t counted(int i, const typename C::in_t& z,
                          const typename C::threshold_rom thresholds[]) {
  const typename C::threshold_t threshold = thresholds[i / C::kThresholdGroup];
  typename C::membrane_t v = initial<C>(threshold);
  v += z;
  int count = 0;
  if (v >= threshold) count = divide<C::kCountBits>(v, threshold);
  if (count > C::kMost) count = C::kMost;
  SNN_RECORD(C::kLayer, count);
  return count;
}

template <class C>
void count_spikes(const typename C::in_t z[], typename C::out_t y[],
                  const typename C::threshold_rom thresholds[]) {
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    y[i] = counted<C>(i, z[i], thresholds);
  }
}

// A leaky integrator: v = leaked(v) + z, from 0, is what it sends.
template <class C>
typename C::out_t integrated_value(int i, const typename C::in_t& z,
                                   typename C::membrane_t membrane[],
                                   const typename C::decay_rom decays[],
                                   bool first) {
  typename C::membrane_t v = membrane[i];
  if (first) v = 0;
  v = leaked<C>(v, decays[i / C::kDecayGroup]);
  v += z;
  membrane[i] = v;
  return v;
}

template <class C>
void integrate(const typename C::in_t z[], typename C::out_t y[],
               typename C::membrane_t membrane[],
               const typename C::decay_rom decays[], bool first) {
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    y[i] = integrated_value<C>(i, z[i], membrane, decays, first);
  }
}

}  // namespace snn

#endif
