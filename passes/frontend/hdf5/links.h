// The links of an HDF5 group: in a B-tree with a local heap (the form that h5py
// writes unless told otherwise), in the group's header or, of large groups in
// the newer form, in a heap of their own.
#pragma once

#include <string>
#include <vector>

#include "passes/frontend/hdf5/header.h"

namespace nc::frontend::hdf5 {

// To an object in the file or, if soft, to a path.
struct Link {
  std::string name;
  uint64_t address = 0;
  bool is_soft = false;
  std::string path;
};

bool is_group(const Messages& messages);

// Throws Error for links to other files.
std::vector<Link> read_links(File& file, const Messages& messages);

}  // namespace nc::frontend::hdf5
