// What reaches a population when every population before it is silent: its
// biases, from the biases, offsets and pads of all linear ops on the way.
#pragma once

#include <optional>
#include <vector>

#include "backends/loihi/roles.h"
#include "ir/graph.h"
#include "runtime/evaluate.h"

namespace nc::loihi {

class Constants {
 public:
  // Under the exact schedule, constants of a whole window: T times as much.
  Constants(const Graph& graph, const Roles& roles,
            const Evaluator<int64_t>& evaluator);

  // Of the population of `node` (for a linear node, its relay), in weight
  // units and the chip's order. What is fed back must be constantly 0.
  std::vector<int64_t> biases_of(size_t node);

  bool is_zero(size_t node);  // a linear node's constant value

 private:
  using Integers = std::vector<int64_t>;

  Integers zeros(size_t node) const;
  const Integers& value(size_t node);  // in the IR's order

  const Graph& graph_;
  const Roles& roles_;
  const Evaluator<int64_t>& evaluator_;
  std::vector<std::vector<Edge>> edges_;
  std::vector<std::optional<Integers>> known_;
};

}  // namespace nc::loihi
