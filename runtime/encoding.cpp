#include "runtime/encoding.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "ir/error.h"
#include "runtime/data/random.h"

namespace nc {
namespace {

// (stored * scale - mean) / std, per channel.
class Preprocessor {
 public:
  Preprocessor(const Preprocessing& preprocessing, int64_t elements)
      : scale_(preprocessing.scale),
        mean_(preprocessing.mean),
        std_(preprocessing.std),
        elements_(static_cast<size_t>(elements)) {
    if (mean_.empty()) mean_ = {0};
    if (std_.empty()) std_ = {1};
  }

  double operator()(float stored, size_t element) const {
    return (static_cast<double>(stored) * scale_ -
            per_channel(mean_, element)) /
           per_channel(std_, element);
  }

 private:
  // Channels are the outermost axis: each has an equal run of elements.
  double per_channel(const std::vector<double>& values, size_t element) const {
    return values[element / (elements_ / values.size())];
  }

  double scale_;
  std::vector<double> mean_;
  std::vector<double> std_;
  size_t elements_;
};

double quantized(const Input& input, double x) {
  if (input.step == 0) return x;
  return std::clamp(std::round(x / input.step), static_cast<double>(input.low),
                    static_cast<double>(input.high));
}

// ---- What must hold before

void check_shape(const Shape& expected, const Shape& found) {
  if (expected == found) return;
  bool one_is_flat = expected.size() == 1 || found.size() == 1;
  if (one_is_flat && element_count(expected) == element_count(found)) return;
  throw Error("expected samples of shape " + to_string(expected) + ", found " +
              to_string(found));
}

void check_channels(const char* field, const std::vector<double>& values,
                    const Shape& input, const Shape& stored) {
  auto size = static_cast<int64_t>(values.size());
  if (size <= 1 || size == input.front() || size == stored.front()) return;
  throw Error(std::string("expected ") + field + " for 1 or " +
              std::to_string(input.front()) + " channels, found " +
              std::to_string(size));
}

void check_fit(const Graph& graph, const Shape& expected, const Dataset& data) {
  check_shape(expected, data.shape);
  const Preprocessing& preprocessing = graph.run.preprocessing;
  check_channels("mean", preprocessing.mean, expected, data.shape);
  check_channels("std", preprocessing.std, expected, data.shape);
}

// ---- Encodings

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
  check_fit(graph, input.shape, data);
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
