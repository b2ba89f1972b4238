// Which module of the source network a node comes from, as far as names tell:
// "/layer1/layer1.0/conv1/Conv" or the metadata that PyTorch writes for nodes,
// "layer1.0.conv1.weight" for weights.
#pragma once

#include <set>
#include <string>

#include "passes/frontend/builder.h"
#include "passes/frontend/onnx/model.h"

namespace nc::onnx {

class Origins {
 public:
  explicit Origins(const proto::GraphProto& graph);

  frontend::Source of(const proto::NodeProto& node) const;

 private:
  std::set<std::string> holders_;  // modules that hold others
};

// The module of a weight, "layer1.0.conv1", or nothing.
std::string owner_of_weight(const std::string& name);

// The module of a node, "layer1.0.conv1"; empty for the network itself, and
// where nothing is said.
std::string path_of(const proto::NodeProto& node);

}  // namespace nc::onnx
