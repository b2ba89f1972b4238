// The layers as processes between streams (--io stream). Layers that make one
// value of one value pass values through; those that need neighbours collect
// their input first. Every process takes and gives one frame per step.
#ifndef SNN_KERNELS_STREAMING_H
#define SNN_KERNELS_STREAMING_H

#include "elementwise.h"
#include "fifo.h"
#include "neurons.h"
#include "pools.h"
#include "rearrange.h"
#include "weighted.h"

namespace snn {

template <int Count, class T>
void collect(hls::stream<T>& from, T to[]) {
  for (int i = 0; i < Count; ++i) {
#pragma HLS PIPELINE II = 1
    to[i] = from.read();
  }
}

template <int Count, class T>
void emit(const T from[], hls::stream<T>& to) {
  for (int i = 0; i < Count; ++i) {
#pragma HLS PIPELINE II = 1
    to.write(from[i]);
  }
}

// ---- Layers that need neighbours -------------------------------------------

template <class C>
void dense_stream(hls::stream<typename C::in_t>& x,
                  hls::stream<typename C::out_t>& y,
                  const typename C::weight_rom weight[],
                  const typename C::bias_rom bias[]) {
  SNN_BUFFER typename C::in_t in[C::kInputs];
  SNN_BUFFER typename C::out_t out[C::kOutputs];
  collect<C::kInputs>(x, in);
  dense<C>(in, out, weight, bias);
  emit<C::kOutputs>(out, y);
}

template <class C>
void conv_stream(hls::stream<typename C::in_t>& x,
                 hls::stream<typename C::out_t>& y,
                 const typename C::weight_rom weight[],
                 const typename C::bias_rom bias[]) {
  SNN_BUFFER typename C::in_t in[C::kInputs];
  SNN_BUFFER typename C::out_t out[C::kOutputs];
  collect<C::kInputs>(x, in);
  conv<C>(in, out, weight, bias);
  emit<C::kOutputs>(out, y);
}

template <class C>
void sum_pool_stream(hls::stream<typename C::in_t>& x,
                     hls::stream<typename C::out_t>& y) {
  SNN_BUFFER typename C::in_t in[C::kInputs];
  SNN_BUFFER typename C::out_t out[C::kOutputs];
  collect<C::kInputs>(x, in);
  sum_pool<C>(in, out);
  emit<C::kOutputs>(out, y);
}

template <class C>
void max_pool_stream(hls::stream<typename C::in_t>& x,
                     hls::stream<typename C::out_t>& y) {
  SNN_BUFFER typename C::in_t in[C::kInputs];
  SNN_BUFFER typename C::out_t out[C::kOutputs];
  collect<C::kInputs>(x, in);
  max_pool<C>(in, out);
  emit<C::kOutputs>(out, y);
}

template <class C>
void gather_stream(hls::stream<typename C::in_t>& x,
                   hls::stream<typename C::out_t>& y) {
  SNN_BUFFER typename C::in_t in[C::kInputs];
  SNN_BUFFER typename C::out_t out[C::kOutputs];
  collect<C::kInputs>(x, in);
  gather<C>(in, out);
  emit<C::kOutputs>(out, y);
}

template <class C>
void place_stream(hls::stream<typename C::in_t>& x,
                  hls::stream<typename C::out_t>& y) {
  SNN_BUFFER typename C::in_t in[C::kInputs];
  SNN_BUFFER typename C::out_t out[C::kOutputs];
  collect<C::kInputs>(x, in);
  place<C>(in, out);
  emit<C::kOutputs>(out, y);
}

// ---- Layers that pass values through ---------------------------------------

template <class C>
void concat_stream(hls::stream<typename C::in_t>& a,
                   hls::stream<typename C::other_t>& b,
                   hls::stream<typename C::out_t>& y) {
  for (int run = 0; run < C::kRuns; ++run) {
    for (int i = 0; i < C::kFirst; ++i) {
#pragma HLS PIPELINE II = 1
      y.write(a.read());
    }
    for (int i = 0; i < C::kSecond; ++i) {
#pragma HLS PIPELINE II = 1
      y.write(b.read());
    }
  }
}

template <class C>
void add_stream(hls::stream<typename C::in_t>& a,
                hls::stream<typename C::other_t>& b,
                hls::stream<typename C::out_t>& y) {
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    typename C::out_t sum = a.read();
    sum += b.read();
    y.write(sum);
  }
}

template <class C>
void scale_stream(hls::stream<typename C::in_t>& x,
                  hls::stream<typename C::out_t>& y,
                  const typename C::weight_rom weight[],
                  const typename C::bias_rom bias[]) {
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    y.write(scaled<C>(i, x.read(), weight, bias));
  }
}

template <class C>
void rectify_stream(hls::stream<typename C::in_t>& x,
                    hls::stream<typename C::out_t>& y) {
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    y.write(rectified<C>(x.read()));
  }
}

template <class C>
void fire_stream(hls::stream<typename C::in_t>& z,
                 hls::stream<typename C::out_t>& y,
                 typename C::membrane_t membrane[], typename C::count_t count[],
                 const typename C::threshold_rom thresholds[],
                 const typename C::decay_rom decays[], bool first) {
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    y.write(fired<C>(i, z.read(), membrane, count, thresholds, decays, first));
  }
}

template <class C>
void count_spikes_stream(hls::stream<typename C::in_t>& z,
                         hls::stream<typename C::out_t>& y,
                         const typename C::threshold_rom thresholds[]) {
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    y.write(counted<C>(i, z.read(), thresholds));
  }
}

template <class C>
void integrate_stream(hls::stream<typename C::in_t>& z,
                      hls::stream<typename C::out_t>& y,
                      typename C::membrane_t membrane[],
                      const typename C::decay_rom decays[], bool first) {
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    y.write(integrated_value<C>(i, z.read(), membrane, decays, first));
  }
}

// ---- Wires -----------------------------------------------------------------

// One stream for two readers.
template <class C>
void fork_stream(hls::stream<typename C::in_t>& x,
                 hls::stream<typename C::out_t>& y,
                 hls::stream<typename C::out_t>& z) {
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    const typename C::in_t value = x.read();
    y.write(value);
    z.write(value);
  }
}

// A stream that nobody reads.
template <class C>
void drain_stream(hls::stream<typename C::in_t>& x) {
  for (int i = 0; i < C::kInputs; ++i) {
#pragma HLS PIPELINE II = 1
    x.read();
  }
}

}  // namespace snn

#endif
