#include "runtime/encoding.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "ir/error.h"
#include "runtime/data/random.h"
#include "runtime/framed_samples.h"
#include "runtime/preprocessor.h"

namespace nc {
namespace {

std::vector<float> analog_values(const Graph& graph, const Input& input,
                                 const Dataset& data, int64_t first,
                                 int64_t count) {
  int64_t elements = element_count(data.shape);
  Preprocessor preprocess(graph.run.preprocessing, elements);
  std::vector<float> values;
  values.reserve(static_cast<size_t>(count * elements));
  for (int64_t sample = first; sample < first + count; ++sample) {
    const float* stored = data.values.data() + sample * elements;
    for (int64_t i = 0; i < elements; ++i) {
      double x = preprocess(stored[i], static_cast<size_t>(i));
      values.push_back(static_cast<float>(quantized(input, x)));
    }
  }
  return values;
}

double largest(const Input& input) {
  return input.step == 0 ? 1 : static_cast<double>(input.high);
}

void check_range(const std::vector<float>& values, double max,
                 const std::string& encoding) {
  for (float x : values) {
    if (x >= 0 && static_cast<double>(x) <= max) continue;
    throw Error("encoding " + encoding + " expects inputs from 0 to " +
                std::to_string(max) + ", found " + std::to_string(x));
  }
}

// Spreads analog values [samples, elements] over [samples, steps, elements].
// spikes(x, sample, element, step) says where there are spikes, of size max.
template <class Spikes>
Batch spread(const Batch& analog, int64_t steps, double max,
             const Spikes& spikes) {
  Batch batch{analog.samples, steps, analog.shape, {}};
  int64_t elements = element_count(analog.shape);
  batch.values.reserve(analog.values.size() * static_cast<size_t>(steps));
  for (int64_t sample = 0; sample < analog.samples; ++sample) {
    const float* values = analog.values.data() + sample * elements;
    for (int64_t step = 0; step < steps; ++step) {
      for (int64_t i = 0; i < elements; ++i) {
        bool fires = spikes(static_cast<double>(values[i]), sample, i, step);
        batch.values.push_back(fires ? static_cast<float>(max) : 0.0f);
      }
    }
  }
  return batch;
}

Batch rate(const Batch& analog, int64_t steps, double max, int64_t first,
           uint64_t seed) {
  return spread(analog, steps, max,
                [&](double x, int64_t sample, int64_t element, int64_t step) {
                  return uniform_at(seed, static_cast<uint64_t>(first + sample),
                                    static_cast<uint64_t>(element),
                                    static_cast<uint64_t>(step)) *
                             max <
                         x;
                });
}

Batch latency(const Batch& analog, int64_t steps, double max) {
  double last = static_cast<double>(steps - 1);
  return spread(analog, steps, max,
                [&](double x, int64_t, int64_t, int64_t step) {
                  double when = std::floor((max - x) * last / max);
                  return x > 0 && when == static_cast<double>(step);
                });
}

}  // namespace

Batch make_batch(const Graph& graph, const Dataset& data, int64_t first,
                 int64_t count, uint64_t seed) {
  assert(first >= 0 && count >= 0 && first + count <= data.size);
  const Run& run = graph.run;
  const auto& input = std::get<Input>(graph.input().op);
  if (is_framed(data, input.shape)) {
    return make_framed_batch(graph, data, first, count);
  }
  check_fit(graph, input.shape, data.shape);
  Batch analog{count, 1, input.shape,
               analog_values(graph, input, data, first, count)};
  if (run.encoding == Encoding::direct || run.timesteps == 0) return analog;
  if (run.encoding == Encoding::events) {
    throw Error("encoding events is not available for " + data.name);
  }
  double max = largest(input);
  check_range(analog.values, max, name_of(run.encoding));
  if (run.encoding == Encoding::latency) {
    return latency(analog, run.timesteps, max);
  }
  return rate(analog, run.timesteps, max, first, seed);
}

}  // namespace nc
