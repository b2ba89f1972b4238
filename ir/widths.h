// How large the integers of a quantised spiking network can become: bounds
// that follow from the weights, whatever the input. Engines choose their
// number formats by them, and hardware its accumulators.
//
// All intervals are closed and hold for every neuron of the node. Arithmetic
// saturates: kUnbounded stands for itself and everything beyond.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace nc {

inline constexpr int64_t kUnbounded = std::numeric_limits<int64_t>::max();

struct Interval {
  int64_t low = 0;
  int64_t high = 0;
  friend bool operator==(const Interval&, const Interval&) = default;
};

// Bits of the smallest two's complement integer that holds all of it.
int bits_for(const Interval& interval);

struct Width {
  std::string node;
  // What the node puts out per step; under the exact schedule the sum over
  // all T steps, which for spiking neurons is their count.
  Interval value;
  // Every partial sum on the way there, in any order of summation: of the
  // node's inputs, its products and its bias.
  Interval accumulator;
  int accumulator_bits = 0;
  // Neurons: the membrane potential before and after firing, in each of the
  // T steps, clamped where membrane_bits says so. Output: what is read out
  // after T steps. Other nodes have none, and 0 bits.
  Interval membrane;
  int membrane_bits = 0;
};

// One entry per node, in order, of a valid graph (see verify.h). Throws Error
// when it is not quantised, or for a node whose result is no integer.
std::vector<Width> widths(const Graph& graph);

}  // namespace nc
