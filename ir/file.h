// The .snn file: a graph as an HDF5 image followed by its SHA-256. Files and
// pipes carry the same bytes; the same graph always gives the same bytes.
//
// Readers check structure (names, types, limits, hash) and throw Error for
// whatever is not as written here; what the graph means is for verify().
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace nc {

inline constexpr int kFileVersion = 1;

std::vector<std::byte> to_bytes(const Graph& graph);
Graph from_bytes(Bytes bytes);

// The path "-" means standard output and standard input. A file appears whole
// or not at all. Errors name the path.
void save(const Graph& graph, const std::string& path);
Graph load(const std::string& path);

}  // namespace nc
