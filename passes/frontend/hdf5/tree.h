// A whole HDF5 file as a value: groups by name, and what their datasets hold.
// Attributes are left out; links lead to what they name.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "passes/frontend/hdf5/dataset.h"

namespace nc::frontend::hdf5 {

struct Tree {
  std::optional<Dataset> data;          // of a dataset
  std::map<std::string, Tree> members;  // of a group

  bool is_group() const { return !data.has_value(); }
  const Tree* find(const std::string& name) const;
};

// The names in the file's root.
std::set<std::string> read_names(Bytes bytes);

// Reads the groups and datasets named `wanted` of the file's root, and all that
// they hold. Throws Error naming the place, as in "node/nodes/fc1/weight".
Tree read_tree(Bytes bytes, const std::vector<std::string>& wanted);

}  // namespace nc::frontend::hdf5
