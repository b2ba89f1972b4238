// What a graph takes and gives: which of its inputs are weights, which one is
// the network's input, and which outputs are the network's.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "passes/frontend/pt2/json.h"

namespace nc::frontend::pt2 {

struct Signature {
  std::map<std::string, std::string> tensors;  // name in the graph, in the file
  std::map<std::string, json> constants;       // arguments fixed at export
  std::string input;
  std::vector<json> outputs;           // of the network, in order
  std::vector<std::string> mutations;  // buffers and parameters that change
};

// Throws Error when the network does not take exactly one tensor.
Signature signature_of(const json& module);

// Sizes of the network's input; nothing where they are open.
struct InputSizes {
  std::optional<int64_t> batch;
  std::vector<Size> sample;
};
InputSizes input_sizes(const json& module, const std::string& input);

// Modules that have no submodules: a node of theirs may take their name.
class ModulePaths {
 public:
  explicit ModulePaths(const json& module);
  bool is_leaf(const std::string& path) const;

 private:
  std::set<std::string> parents_;
};

// The path of the module whose code made the node.
std::string module_path(const json& node);

}  // namespace nc::frontend::pt2
