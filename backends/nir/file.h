// A NIR graph as an HDF5 file in memory, in the layout that NIR's own library
// reads (README.md). No times, no compression, HDF5's oldest form: the same
// graph gives the same bytes.
#pragma once

#include <cstddef>
#include <vector>

#include "backends/nir/tree.h"

namespace nc::nir {

std::vector<std::byte> to_bytes(const NirGraph& graph);

}  // namespace nc::nir
