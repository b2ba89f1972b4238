// The parameters of a network in training, each kept as a real "master" from
// which the value that the network runs with is made:
//
//   value = master / unit, rounded and within its limits in a quantised graph
//
// `unit` is what a 1 in the graph is worth to the neuron that it acts on, so
// that masters and their gradients are of one size, whatever integers or pixels
// stand behind them: with theta the threshold of the neurons that a layer's
// current reaches (or 1/scale at the output) and r the largest value that it
// reads,
//   weight  r / theta      bias, offset, threshold  1 / theta
//   decay   1 (1/4096 in a quantised graph)
// per channel where theta is. In a network without time every unit is 1.
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "ir/graph.h"
#include "passes/train.h"

namespace nc {

struct Slot {
  std::string name;       // "conv1.weight"
  std::string field;      // "weight"
  at::Tensor master;      // f64 for integers, else f32; in the stored shape
  at::Tensor unit;        // broadcasts against it
  at::Tensor low, high;   // limits of the master; may be undefined
  bool is_whole = false;  // the value is an integer
  bool is_trained = false;

  at::Tensor value() const;  // differentiable in the master
  Tensor stored() const;     // as the graph holds it
  void keep_within_limits();
};

// Slots of every node, in the order of graph.nodes.
std::vector<std::vector<Slot>> make_slots(const Graph& graph,
                                          const TrainOptions& options);

// The graph with the slots' values.
Graph with_values(Graph graph, const std::vector<std::vector<Slot>>& slots);

}  // namespace nc
