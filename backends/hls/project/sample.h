// One sample through the network, whatever stands between its layers.
#ifndef SNN_SAMPLE_H
#define SNN_SAMPLE_H

#include <vector>

#include "snn.h"

inline std::vector<output_t> run_sample(const int* values) {
  std::vector<output_t> output(kOutputs);
#if SNN_STREAM
  hls::stream<input_t> from("input");
  hls::stream<output_t> to("output");
  for (int i = 0; i < kFrames * kInputs; ++i) from.write(input_t(values[i]));
  network(from, to);
  for (int i = 0; i < kOutputs; ++i) output[std::size_t(i)] = to.read();
#else
  std::vector<input_t> input(values, values + kFrames * kInputs);
  network(input.data(), output.data());
#endif
  return output;
}

// A readout value in the source's units.
inline double in_units(const output_t& value, double scale, double steps) {
  return static_cast<double>(static_cast<long long>(value)) * (scale / steps);
}

#endif
