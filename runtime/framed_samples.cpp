#include "runtime/framed_samples.h"

#include <algorithm>

#include "ir/error.h"
#include "runtime/preprocessor.h"

namespace nc {
namespace {

constexpr size_t kMaxEvents = size_t{1} << 26;  // of one recording

Shape frame_of(const Dataset& data) {
  if (data.is_events()) return data.shape;
  return {data.shape.begin() + 1, data.shape.end()};
}

std::vector<float> recorded_frames(const EventData& data, size_t sample,
                                   int64_t steps) {
  const std::string& file = data.files[sample];
  std::vector<Event> events = read_events(file, kMaxEvents);
  try {
    return bin_events(events, data.sensor, data.binning, steps);
  } catch (const Error& error) {
    throw error.in(file);
  }
}

// Frames [steps, elements] as x: preprocessed, not rounded.
std::vector<double> preprocessed(const std::vector<float>& stored,
                                 size_t elements,
                                 const Preprocessor& preprocess) {
  std::vector<double> x(stored.size());
  for (size_t i = 0; i < x.size(); ++i) {
    x[i] = preprocess(stored[i], i % elements);
  }
  return x;
}

void append_mean(const std::vector<double>& x, size_t elements, Batch& batch) {
  size_t steps = x.size() / elements;
  for (size_t i = 0; i < elements; ++i) {
    double sum = 0;
    for (size_t step = 0; step < steps; ++step) sum += x[step * elements + i];
    batch.values.push_back(
        static_cast<float>(sum / static_cast<double>(steps)));
  }
}

void append_steps(const std::vector<double>& x, const Input& input,
                  Batch& batch) {
  for (double each : x) {
    batch.values.push_back(static_cast<float>(quantized(input, each)));
  }
}

}  // namespace

bool is_framed(const Dataset& data, const Shape& input) {
  if (data.is_events()) return true;
  // [1, 784] for [784] is an image that happens to be flat.
  bool has_steps = data.shape.front() > 1 || input.size() > 1;
  return has_steps && data.shape.size() == input.size() + 1 &&
         std::equal(input.begin(), input.end(), data.shape.begin() + 1);
}

std::vector<float> stored_frames(const Dataset& data, int64_t sample,
                                 int64_t steps) {
  if (data.is_events()) {
    return recorded_frames(data.events, static_cast<size_t>(sample), steps);
  }
  int64_t elements = element_count(data.shape);
  auto start = data.values.begin() + sample * elements;
  return {start, start + elements};
}

int64_t steps_of(const Dataset& data, int64_t timesteps) {
  int64_t steps = data.is_events() ? data.events.steps.value_or(timesteps)
                                   : data.shape.front();
  if (steps == 0) {
    throw Error("expected steps=T in the data specification of " + data.name +
                ": a network without time receives the mean over T frames");
  }
  if (timesteps == 0 || steps == timesteps) return steps;
  throw Error("expected " + std::to_string(timesteps) +
              " frames, as the network has timesteps, found " +
              std::to_string(steps) + " in " + data.name);
}

Batch make_framed_batch(const Graph& graph, const Dataset& data, int64_t first,
                        int64_t count) {
  const auto& input = std::get<Input>(graph.input().op);
  int64_t timesteps = graph.run.timesteps;
  if (timesteps > 0 && graph.run.encoding != Encoding::events) {
    throw Error("expected the encoding events for the frames of " + data.name +
                ", found " + name_of(graph.run.encoding));
  }
  int64_t steps = steps_of(data, timesteps);
  Shape frame = frame_of(data);
  check_fit(graph, input.shape, frame);
  auto elements = static_cast<size_t>(element_count(frame));
  Preprocessor preprocess(graph.run.preprocessing, element_count(frame));
  Batch batch{count, std::max<int64_t>(timesteps, 1), input.shape, {}};
  for (int64_t sample = first; sample < first + count; ++sample) {
    std::vector<float> stored = stored_frames(data, sample, steps);
    std::vector<double> x = preprocessed(stored, elements, preprocess);
    if (timesteps == 0) {
      append_mean(x, elements, batch);
    } else {
      append_steps(x, input, batch);
    }
  }
  return batch;
}

}  // namespace nc
