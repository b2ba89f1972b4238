// The two ends of a network between streams. A sample comes in as kFrames
// frames and goes out as one; inside, every step has a frame of its own.
#ifndef SNN_KERNELS_STREAM_ENDS_H
#define SNN_KERNELS_STREAM_ENDS_H

#include "ends.h"
#include "fifo.h"

namespace snn {

// A single frame is kept for the steps that follow.
template <class C>
void read_input_stream(hls::stream<typename C::in_t>& input,
                       hls::stream<typename C::out_t>& y,
                       typename C::in_t kept[], int step) {
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    typename C::in_t value = kept[i];
    if (step == 0 || C::kFrames > 1) value = input.read();
    kept[i] = value;
    y.write(value);
  }
}

template <class C>
void read_window_stream(hls::stream<typename C::in_t>& input,
                        hls::stream<typename C::out_t>& y) {
  SNN_BUFFER typename C::out_t total[C::kOutputs];
  for (int frame = 0; frame < C::kFrames; ++frame) {
    for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
      typename C::out_t sum = total[i];
      if (frame == 0) sum = 0;
      const typename C::in_t value = input.read();
      sum += value * typename C::repeats_t(C::kRepeats);
      total[i] = sum;
    }
  }
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    y.write(total[i]);
  }
}

template <class C>
void read_out_stream(hls::stream<typename C::in_t>& x,
                     hls::stream<typename C::out_t>& output,
                     typename C::out_t total[], bool first, bool last) {
  for (int i = 0; i < C::kOutputs; ++i) {
#pragma HLS PIPELINE II = 1
    const typename C::out_t sum = read<C>(x.read(), total[i], first);
    total[i] = sum;
    if (last) output.write(sum);
  }
}

}  // namespace snn

#endif
