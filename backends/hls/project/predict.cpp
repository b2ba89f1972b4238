#include "predict.h"

#include <cmath>
#include <stdexcept>
#include <string>

#include "kernels/recorder.h"
#include "metadata.h"
#include "sample.h"

namespace {

std::string last_error;

snn::Recorder& recorder() {
  static snn::Recorder only(kLayers);
  return only;
}

void check_input(const int32_t* input, int64_t sample) {
  for (int64_t i = 0; i < kFrames * kInputs; ++i) {
    const long long x = input[i];
    if ((x >= kInputLow && x <= kInputHigh) || (kMayRest && x == 0)) continue;
    throw std::out_of_range(
        "input " + std::to_string(i) + " of sample " + std::to_string(sample) +
        ": expected " + std::to_string(kInputLow) + " to " +
        std::to_string(kInputHigh) + ", found " + std::to_string(x));
  }
}

template <int Count>
double entry(const double (&values)[Count], int64_t element) {
  return values[element / (kInputs / Count)];
}

int32_t quantized(double stored, int64_t element) {
  const double x =
      (stored * kScale - entry(kMean, element)) / entry(kStd, element);
  const double low = static_cast<double>(kInputLow);
  const double high = static_cast<double>(kInputHigh);
  double rounded = std::round(x / kInputStep);
  if (rounded < low) rounded = low;
  if (rounded > high) rounded = high;
  return static_cast<int32_t>(rounded);
}

}  // namespace

int64_t predict_frames(void) { return kFrames; }
int64_t predict_inputs(void) { return kInputs; }
int64_t predict_outputs(void) { return kOutputs; }
const char* predict_metadata(void) { return kMetadata; }
const char* predict_error(void) { return last_error.c_str(); }

void quantize(const double* stored, int64_t samples, int32_t* input) {
  for (int64_t i = 0; i < samples * kFrames * kInputs; ++i) {
    input[i] = quantized(stored[i], i % kInputs);
  }
}

int predict(const int32_t* input, int64_t samples, double* output) {
  snn::Recorder::active() = &recorder();
  try {
    for (int64_t sample = 0; sample < samples; ++sample) {
      const int32_t* values = input + sample * kFrames * kInputs;
      check_input(values, sample);
      recorder().clear();
      const std::vector<output_t> result = run_sample(values);
      for (int i = 0; i < kOutputs; ++i) {
        output[sample * kOutputs + i] =
            in_units(result[std::size_t(i)], kOutputScale, kOutputSteps);
      }
    }
  } catch (const std::exception& error) {
    last_error = error.what();
    return 1;
  }
  return 0;
}

int64_t predict_spikes(int64_t layer, const int32_t** spikes) {
  if (layer < 0 || layer >= kLayers) return 0;
  const std::vector<int>& found = recorder().of(static_cast<int>(layer));
  *spikes = found.data();
  return static_cast<int64_t>(found.size());
}
