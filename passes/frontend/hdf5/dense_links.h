// The links of a large group in HDF5's newer form: messages in a fractal heap,
// found through a B-tree of version 2.
#pragma once

#include <vector>

#include "passes/frontend/hdf5/file.h"

namespace nc::frontend::hdf5 {

// One link message each, in the order of the tree. Throws Error for heaps with
// filters and for groups of more links than one level of blocks holds.
std::vector<Bytes> read_dense_links(File& file, uint64_t heap, uint64_t tree);

}  // namespace nc::frontend::hdf5
