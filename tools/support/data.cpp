#include "tools/support/data.h"

#include <algorithm>

#include "tools/support/main.h"

namespace nc {
namespace {

StoredRange range_of(const Dataset& data) {
  if (data.is_image) return {0, 255, true};
  auto [low, high] =
      std::minmax_element(data.values.begin(), data.values.end());
  return {std::min<double>(*low, 0), std::max<double>(*high, 0), false};
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

}  // namespace nc
