// A graph as an HDF5 file in memory, without the hash that file.h adds. The
// layout is in ir/README.md; every op is written and read through its
// fields(), so that a new op needs no code here.
#pragma once

#include <cstddef>
#include <vector>

#include "ir/graph.h"

namespace nc {

std::vector<std::byte> write_image(const Graph& graph);
Graph read_image(Bytes bytes);

// Simple storage in HDF5 holds no more links in one group.
inline constexpr size_t kMaxNodes = 60000;
inline constexpr size_t kMaxSteps = 10000;

}  // namespace nc
