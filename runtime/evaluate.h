// What each op without memory computes, for one sample, as plain loops.
//
// Number is int64_t for quantised graphs, double for all others (float where
// speed matters more). Constants
// that are added (biases, offsets, the value of a pad) are taken `steps`
// times: 1 for a single time step, T when a whole window is summed at once,
// as the exact schedule does.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace nc {

template <class Number>
using Values = std::vector<Number>;

template <class Number>
class Evaluator {
 public:
  using number = Number;

  explicit Evaluator(const Graph& graph);

  const Shape& shape(size_t node) const { return shapes_[node]; }

  // The node's output for its inputs (in the order of Node::inputs).
  // Neurons, Li, Delay and Input have memory or nothing to compute: not for
  // here.
  Values<Number> evaluate(size_t node,
                          const std::vector<const Values<Number>*>& inputs,
                          Number steps) const;

  // Sum of the inputs, as every op but Concat reads them.
  static Values<Number> sum(const std::vector<const Values<Number>*>& inputs);

 private:
  struct Constants {  // of one node, as Numbers
    Values<Number> weight;
    Values<Number> bias;
  };

  const Graph& graph_;
  std::vector<Shape> shapes_;        // of each node's output
  std::vector<Shape> input_shapes_;  // of what it reads, summed
  std::vector<std::vector<Shape>> concat_shapes_;
  std::vector<Constants> constants_;

  template <class>
  friend struct Visit;
};

}  // namespace nc
