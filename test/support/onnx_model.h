// ONNX models made node by node, for the tests of their reader.
#pragma once

#include <onnx.pb.h>

#include <string>
#include <vector>

#include "ir/tensor.h"

namespace nc::test {

class OnnxModel {
 public:
  // One input "x" of the given shape with batch; -1 for a size left open. One
  // output "y".
  explicit OnnxModel(const Shape& input, int64_t opset = 17);

  // A node that gives "y", or what is named. The reference is good until the
  // next one is added.
  ::onnx::NodeProto& add(const std::string& op,
                         const std::vector<std::string>& inputs,
                         const std::string& output = "y");
  ::onnx::TensorProto& weight(const std::string& name, const Shape& shape,
                              const std::vector<float>& values);
  ::onnx::TensorProto& integers(const std::string& name,
                                const std::vector<int64_t>& values);

  std::string bytes() const { return model.SerializeAsString(); }

  ::onnx::ModelProto model;
};

void set_integer(::onnx::NodeProto& node, const std::string& attribute,
                 int64_t value);
void set_integers(::onnx::NodeProto& node, const std::string& attribute,
                  const Shape& values);
::onnx::GraphProto& set_graph(::onnx::NodeProto& node,
                              const std::string& attribute);

}  // namespace nc::test
