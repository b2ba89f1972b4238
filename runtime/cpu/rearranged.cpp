// Read off the reference engine, which is given the numbers 1 ... n to move.
#include "runtime/cpu/rearranged.h"

#include "runtime/evaluate.h"

namespace nc {
namespace {

// Where a number lay, in stored order.
struct Place {
  size_t source = 0;
  int64_t at = 0;
};

struct Numbered {
  std::vector<Values<int64_t>> values;  // of each source, in the IR's order
  std::vector<Place> places;            // of number n: places[n - 1]
};

Numbered numbered(const std::vector<MovedFrom>& sources) {
  Numbered result;
  for (size_t i = 0; i < sources.size(); ++i) {
    Values<int64_t>& next = result.values.emplace_back();
    for (int64_t at : stored_index(sources[i].shape)) {
      result.places.push_back({i, at});
      next.push_back(static_cast<int64_t>(result.places.size()));
    }
  }
  return result;
}

Values<int64_t> moved(const Op& op, const std::vector<MovedFrom>& sources,
                      const std::vector<Values<int64_t>>& values) {
  Graph alone;
  Node mover{"moved", op, {}, {}};
  std::vector<const Values<int64_t>*> inputs;
  for (size_t i = 0; i < sources.size(); ++i) {
    std::string name = "in" + std::to_string(i);
    alone.nodes.push_back({name, Input{sources[i].shape}, {}, {}});
    mover.inputs.push_back(name);
    inputs.push_back(&values[i]);
  }
  alone.nodes.push_back(mover);
  return Evaluator<int64_t>(alone).evaluate(alone.nodes.size() - 1, inputs, 1);
}

}  // namespace

Rearranged rearranged(const Op& op, const std::vector<MovedFrom>& sources,
                      const Shape& out, int64_t steps) {
  Rearranged result;
  for (const MovedFrom& each : sources) {
    result.sources.push_back({each.stage, {}});
  }
  Op silent = op;  // fills in 0, which is no element's number
  if (auto* pad = std::get_if<Pad>(&silent)) {
    int64_t value = static_cast<int64_t>(pad->value) * steps;
    result.filling = static_cast<int32_t>(value);
    pad->value = 0;
  }
  Numbered from = numbered(sources);
  Values<int64_t> numbers = moved(silent, sources, from.values);
  std::vector<int64_t> to = stored_index(out);
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] == 0) {
      result.filled.push_back(to[i]);
      continue;
    }
    const Place& place = from.places[static_cast<size_t>(numbers[i] - 1)];
    result.sources[place.source].moves.push_back({place.at, to[i]});
  }
  return result;
}

}  // namespace nc
