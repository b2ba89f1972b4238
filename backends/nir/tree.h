// What stands in a NIR file, as values: groups of named entries.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ir/tensor.h"

namespace nc::nir {

// Numbers of the network. In the file they are f32 where that holds each of
// them exactly, else f64.
struct Array {
  Shape shape;
  std::vector<double> values;
};

struct Entry;

class Group {
 public:
  // An entry that is empty (a list, a tensor, a group) is left out of files.
  template <class T>
  Group& set(std::string name, T value);

  const std::vector<Entry>& entries() const { return entries_; }
  const Entry* find(const std::string& name) const;
  Array& array(const std::string& name);  // asserts that there is one

 private:
  std::vector<Entry> entries_;
};

// A Tensor keeps its own number format.
using Value = std::variant<int64_t, double, std::string, std::vector<int64_t>,
                           std::vector<double>, std::vector<std::string>,
                           std::vector<std::pair<std::string, std::string>>,
                           Array, Tensor, Group>;

struct Entry {
  std::string name;
  Value value;
};

template <class T>
Group& Group::set(std::string name, T value) {
  entries_.push_back({std::move(name), std::move(value)});
  return *this;
}

// A node of a NIR graph: `fields` are NIR's own, `metadata` is ours.
struct NirNode {
  std::string name;
  std::string type;
  Group fields;
  Group metadata;
};

struct NirGraph {
  std::vector<NirNode> nodes;
  std::vector<std::pair<std::string, std::string>> edges;
  Group metadata;
};

}  // namespace nc::nir
