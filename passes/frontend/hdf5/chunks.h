// The bytes of an HDF5 dataset's elements, one after the other in row-major
// order, however they are stored.
#pragma once

#include <vector>

#include "passes/frontend/hdf5/header.h"

namespace nc::frontend::hdf5 {

// Memory is taken for what is stored alone, of which deflate makes at most
// kMaxCompression times as much. Throws Error for values that were never
// written, other filters than gzip and shuffle, and indices of chunks that only
// libver='latest' writes.
inline constexpr uint64_t kMaxCompression = 1100;

std::vector<std::byte> read_elements(File& file, const Messages& messages,
                                     const Shape& shape, size_t width);

}  // namespace nc::frontend::hdf5
