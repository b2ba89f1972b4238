// Quantised networks that every engine must run as the reference engine does.
#pragma once

#include <string>
#include <vector>

#include "ir/graph.h"
#include "runtime/engine.h"

namespace nc::test {

struct EngineCase {
  std::string name;
  Graph graph;
};

// Every kind of neuron, reset and schedule, linear ops between neurons,
// feedback, numbers up to 31 bits.
std::vector<EngineCase> engine_cases();

// Windows of all shapes: strides, dilation, groups, odd channel counts.
std::vector<EngineCase> window_cases();

// What some engines refuse by node: strict thresholds and delays, of integers
// and of real numbers.
std::vector<EngineCase> uncommon_cases();

// Runs `engine` and the reference engine on the same inputs and compares
// spikes, membranes, outputs after each step and counts; says what differs, or
// nothing. With `changing`, inputs differ from step to step.
std::string differences(Engine& engine, const Graph& graph, int64_t samples,
                        unsigned seed, bool changing = false);

}  // namespace nc::test
