#include "test/support/hardware.h"

#include <catch2/catch.hpp>

#include "passes/store_probe.h"
#include "test/support/compare.h"
#include "test/support/sample_graphs.h"

namespace nc::test {

Graph with_probe(Graph graph, bool changing, int64_t samples) {
  Batch batch = random_batch(graph, samples, 1);
  if (changing) {
    batch.steps = graph.run.timesteps;
    batch.values = random_batch(graph, samples * batch.steps, 2).values;
  }
  return store_probe(std::move(graph), batch);
}

std::string& content(std::vector<ProjectFile>& files, const std::string& name) {
  for (ProjectFile& each : files) {
    if (each.name == name) return each.content;
  }
  FAIL("no file " << name);
  return files.front().content;
}

}  // namespace nc::test
