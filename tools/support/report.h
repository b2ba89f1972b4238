// What nc-run measured, for people and (schema in runtime/README.md) machines.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "runtime/data/dataset.h"
#include "tools/support/accuracy.h"
#include "tools/support/costs.h"

namespace nc {

struct Report {
  const Graph& graph;
  const Dataset& data;
  std::string engine;
  uint64_t seed;  // of the encoding rate
  const RunResult& result;
  std::vector<double> passes;     // engine_seconds of each run over the data
  std::optional<CpuCosts> costs;  // of the cpu engine, when asked for
  int processes = 1;
};

std::string text_of(const Report& report);
void write_json(const Report& report, const std::string& path);

}  // namespace nc
