// What nc-run measured, for people and (schema in runtime/README.md) machines.
#pragma once

#include <string>

#include "ir/graph.h"
#include "runtime/data/dataset.h"
#include "tools/support/accuracy.h"

namespace nc {

struct Report {
  const Graph& graph;
  const Dataset& data;
  std::string engine;
  uint64_t seed;  // of the encoding rate
  const RunResult& result;
};

std::string text_of(const Report& report);
void write_json(const Report& report, const std::string& path);

}  // namespace nc
