// What tests of generated hardware share.
#pragma once

#include <string>
#include <vector>

#include "ir/graph.h"
#include "tools/support/hls.h"

namespace nc::test {

// With pseudo-random probe samples and their spikes; `changing`: another input
// at every step.
Graph with_probe(Graph graph, bool changing = false, int64_t samples = 3);

// Fails the test when there is no such file.
std::string& content(std::vector<ProjectFile>& files, const std::string& name);

}  // namespace nc::test
