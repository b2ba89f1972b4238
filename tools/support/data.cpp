#include "tools/support/data.h"

#include <algorithm>

#include "ir/error.h"
#include "runtime/framed_samples.h"
#include "tools/support/main.h"

namespace nc {
namespace {

StoredRange range_of(const Dataset& data) {
  if (data.is_image) return {0, 255, true};
  if (data.is_events()) return {};
  auto [low, high] =
      std::minmax_element(data.values.begin(), data.values.end());
  return {std::min<double>(*low, 0), std::max<double>(*high, 0), false};
}

float largest_count(const Dataset& data, int64_t timesteps) {
  float largest = 1;
  for (int64_t sample = 0; sample < data.size; ++sample) {
    for (float count : stored_frames(data, sample, timesteps)) {
      largest = std::max(largest, count);
    }
  }
  return largest;
}

// Largest values of 1, 2, 3 ... bits.
StoredRange count_range(float largest) {
  double high = 1;
  while (high < static_cast<double>(largest)) high = 2 * high + 1;
  return {0, high, true};
}

}  // namespace

Dataset open_data(const std::string& specification, Split split) {
  Dataset data = load_dataset(parse_data_spec(specification), split);
  for (const std::string& remark : data.remarks) {
    say(specification + ": " + remark);
  }
  return data;
}

void adopt_data(Graph& graph, const Dataset& data) {
  bool known = graph.run.range.low != graph.run.range.high;
  if (known) {
    bool asks =
        !data.preprocessing.mean.empty() || !data.preprocessing.std.empty();
    if (asks && !(data.preprocessing == graph.run.preprocessing)) {
      say("mean and std of the data specification are not used: the network "
          "holds its own preprocessing");
    }
    return;
  }
  graph.run.preprocessing = data.preprocessing;
  graph.run.range = range_of(data);
  if (graph.run.classes.empty()) graph.run.classes = data.classes;
}

void adopt_frames(Graph& graph, Dataset& data, int64_t timesteps) {
  adopt_data(graph, data);
  graph.run.encoding = Encoding::events;
  int64_t steps = steps_of(data, timesteps);
  if (!data.is_events()) return;
  data.events.steps = steps;
  if (graph.run.range.low != graph.run.range.high) return;
  graph.run.range = count_range(largest_count(data, steps));
  if (data.events.binning.clip) return;
  say("events are counted up to " +
      std::to_string(static_cast<int64_t>(graph.run.range.high)) +
      " per pixel and frame");
}

}  // namespace nc
