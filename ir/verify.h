// Checks that a graph means something: names, edges, order, shapes, numbers.
#pragma once

#include <string>
#include <vector>

#include "ir/graph.h"

namespace nc {

struct Problem {
  std::string node;  // empty when it is about the graph as a whole
  std::string message;
};

// All problems, each with its node, in node order; empty when well-formed:
// one input and one output node, unique valid names, every edge leads to a
// node that stands before it (or is marked as feedback), shapes fit, numbers
// are finite, thresholds positive, windows and strides positive.
std::vector<Problem> verify(const Graph& graph);

// Throws Error with the first problem (and how many more there are).
void require_valid(const Graph& graph);

}  // namespace nc
