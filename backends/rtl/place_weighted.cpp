#include <algorithm>

#include "backends/hls/types.h"
#include "backends/rtl/planner.h"

namespace nc {

bool RtlPlanner::sums(size_t node) const {
  const Op& op = graph_.nodes[node].op;
  return as_neuron(op) || std::holds_alternative<Li>(op) ||
         std::holds_alternative<Relu>(op) || std::holds_alternative<Output>(op);
}

bool RtlPlanner::is_part(size_t node) const {
  const Op& op = graph_.nodes[node].op;
  bool has_weights = std::holds_alternative<Affine>(op) ||
                     std::holds_alternative<Conv1d>(op) ||
                     std::holds_alternative<Conv2d>(op) ||
                     std::holds_alternative<Scale>(op);
  return has_weights && readers_[node].size() == 1 && sums(readers_[node][0]);
}

// Where others than one layer read it, it is summed in a layer of its own that
// hands the sums on.
void RtlPlanner::place_weighted() {
  value().image = image();
  if (is_part(at_)) return;
  Value in = arriving();
  RtlLayer layer;
  layer.mode = RtlLayer::restarts;
  layer.layout =
      layout_of(image(), std::max(2, bits_for(with_zero(width().accumulator))));
  layer.value = {RtlValue::number, layer.layout.bits};
  layer.events = static_cast<double>(image().size());
  auto handed_on = [&](const Index& part, const char* word,
                       int64_t steps) -> Index {
    if (!part) return std::nullopt;
    layer.name = ids_[at_] + word;
    layer.steps = steps;
    size_t made =
        place_layer(layer, std::nullopt, weighted(at_, *part, layer.layout));
    stream(made).is_fixed = steps == 1;
    return made;
  };
  value().fixed = handed_on(in.fixed, "_fixed", 1);
  value().changing = handed_on(in.changing, "", graph_.run.timesteps);
  value().constants = weighted_constants(at_, in.constants);
}

}  // namespace nc
