// Layers with weights. A weight table is [fan-in][outputs], so that one input
// meets the weights of neighbouring outputs side by side. In each clock
// kProducts = kTerms * kLanes products are made: of kTerms inputs for kLanes
// outputs. kTerms divides the fan-in, kLanes the outputs.
#ifndef SNN_KERNELS_WEIGHTED_H
#define SNN_KERNELS_WEIGHTED_H

#include "integers.h"

namespace snn {

// y[o] = bias[o / kBiasGroup] + sum over i of weight[i][o] * x[i]
template <class C>
void dense(const typename C::in_t x[], typename C::out_t y[],
           const typename C::weight_rom weight[],
           const typename C::bias_rom bias[]) {
#pragma HLS ARRAY_PARTITION variable = x type = cyclic factor = C::kTerms
#pragma HLS ARRAY_RESHAPE variable = weight type = cyclic factor = C::kProducts
#pragma HLS ARRAY_RESHAPE variable = bias type = cyclic factor = C::kLanes
  SNN_BUFFER typename C::sum_t sum[C::kOutputs];
#pragma HLS ARRAY_PARTITION variable = sum type = cyclic factor = C::kLanes
  for (int o = 0; o < C::kOutputs; ++o) {
#pragma HLS UNROLL factor = C::kLanes
    sum[o] = bias[o / C::kBiasGroup];
  }
  for (int i = 0; i < C::kInputs; i += C::kTerms) {
    for (int o = 0; o < C::kOutputs; o += C::kLanes) {
#pragma HLS PIPELINE II = 1
      for (int pi = 0; pi < C::kTerms; ++pi) {
#pragma HLS UNROLL
        const typename C::in_t value = x[i + pi];
        for (int po = 0; po < C::kLanes; ++po) {
#pragma HLS UNROLL
          const typename C::weight_t w =
              weight[(i + pi) * C::kOutputs + o + po];
          sum[o + po] += w * value;
        }
      }
    }
  }
  for (int o = 0; o < C::kOutputs; ++o) {
#pragma HLS UNROLL factor = C::kLanes
    y[o] = sum[o];
  }
}

// Cross-correlation with zero padding of [channels][height][width]; a signal
// is an image of height 1, and a depthwise layer has as many groups as
// channels. The fan-in runs over [channel in group][kernel y][kernel x]. The
// bias may differ from position to position. kBlocks parts of x are read in the
// same clock: one per group, or each value on its own if kTerms > 1.
template <class C>
void conv(const typename C::in_t x[], typename C::out_t y[],
          const typename C::weight_rom weight[],
          const typename C::bias_rom bias[]) {
#pragma HLS ARRAY_PARTITION variable = x type = block factor = C::kBlocks
#pragma HLS ARRAY_PARTITION variable = y type = block factor = C::kLanes
#pragma HLS ARRAY_RESHAPE variable = weight type = cyclic factor = C::kProducts
#pragma HLS ARRAY_RESHAPE variable = bias type = cyclic factor = C::kLanes
  const int taps = C::kKernelHeight * C::kKernelWidth;
  const int positions = C::kOutHeight * C::kOutWidth;
  SNN_BUFFER typename C::sum_t sum[C::kOutChannels];
#pragma HLS ARRAY_PARTITION variable = sum type = cyclic factor = C::kLanes
  for (int position = 0; position < positions; ++position) {
    const int top =
        position / C::kOutWidth * C::kStrideHeight - C::kPaddingHeight;
    const int left =
        position % C::kOutWidth * C::kStrideWidth - C::kPaddingWidth;
    for (int o = 0; o < C::kOutChannels; ++o) {
#pragma HLS UNROLL factor = C::kLanes
      sum[o] = bias[(o * positions + position) / C::kBiasGroup];
    }
    for (int i = 0; i < C::kFanIn; i += C::kTerms) {
      for (int o = 0; o < C::kOutChannels; o += C::kLanes) {
#pragma HLS PIPELINE II = 1
        for (int pi = 0; pi < C::kTerms; ++pi) {
#pragma HLS UNROLL
          const int channel = (i + pi) / taps;
          const int row = top + (i + pi) / C::kKernelWidth % C::kKernelHeight *
                                    C::kDilationHeight;
          const int column =
              left + (i + pi) % C::kKernelWidth * C::kDilationWidth;
          const bool is_inside = row >= 0 && row < C::kInHeight &&
                                 column >= 0 && column < C::kInWidth;
          for (int po = 0; po < C::kLanes; ++po) {
#pragma HLS UNROLL
            const int first = (o + po) / C::kOutPerGroup * C::kInPerGroup;
            const typename C::weight_t w =
                weight[(i + pi) * C::kOutChannels + o + po];
            if (is_inside) {
              sum[o + po] +=
                  w * x[((first + channel) * C::kInHeight + row) * C::kInWidth +
                        column];
            }
          }
        }
      }
    }
    for (int o = 0; o < C::kOutChannels; ++o) {
#pragma HLS UNROLL factor = C::kLanes
      y[o * positions + position] = sum[o];
    }
  }
}

}  // namespace snn

#endif
