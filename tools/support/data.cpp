#include "tools/support/data.h"

#include <algorithm>
#include <optional>

#include "ir/error.h"
#include "ir/text.h"
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

// What samples go through in the network, mean and std: as the graph says or,
// where they are folded into the layers, as nc-calibrate was told.
std::optional<Preprocessing> preprocessing_within(const Graph& graph) {
  if (!graph.run.preprocessing.is_identity()) return graph.run.preprocessing;
  for (const Step& step : graph.history) {
    if (step.tool != "nc-calibrate") continue;
    auto option =
        std::find(step.arguments.begin(), step.arguments.end(), "--data");
    if (step.arguments.end() - option < 2) return Preprocessing{};
    DataSpec spec = parse_data_spec(option[1]);
    return Preprocessing{1, spec.mean, spec.std};
  }
  return std::nullopt;
}

// One value stands for all channels, none for `missing`.
bool same_values(std::vector<double> a, std::vector<double> b, double missing) {
  size_t channels = std::max({a.size(), b.size(), size_t{1}});
  for (auto* each : {&a, &b}) {
    if (each->empty()) each->push_back(missing);
    if (each->size() == 1) each->resize(channels, each->front());
  }
  return a == b;
}

std::string joined(const std::vector<double>& values) {
  std::string text;
  for (double value : values) {
    text += (text.empty() ? "" : ":") + number_text(value);
  }
  return text;
}

// As in a data specification.
std::string text_of(const Preprocessing& given) {
  std::string text;
  if (!given.mean.empty()) text += "mean=" + joined(given.mean);
  if (!given.mean.empty() && !given.std.empty()) text += ",";
  if (!given.std.empty()) text += "std=" + joined(given.std);
  return text.empty() ? "no mean and std" : text;
}

// Refuses mean and std in the specification that are not the network's.
void require_same(const std::optional<Preprocessing>& within,
                  const Dataset& data) {
  const Preprocessing& asked = data.preprocessing;
  if (asked.mean.empty() && asked.std.empty()) return;
  if (!within) {
    warn(
        "mean and std of the data specification are not used: they are folded "
        "into the network, which does not say what they were");
    return;
  }
  if (same_values(asked.mean, within->mean, 0) &&
      same_values(asked.std, within->std, 1)) {
    return;
  }
  throw Error(data.name + ": expected " + text_of(*within) +
              ", as when the network was made; found " + text_of(asked));
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
  if (known) return require_same(preprocessing_within(graph), data);
  graph.run.preprocessing = data.preprocessing;
  graph.run.range = range_of(data);
  const Shape& shape = std::get<Input>(graph.input().op).shape;
  bool receives_frames = graph.run.timesteps > 0 && is_framed(data, shape);
  if (receives_frames) graph.run.encoding = Encoding::events;
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
