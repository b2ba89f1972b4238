#include "test/support/onnx_model.h"

namespace nc::test {
namespace {

void set_value(::onnx::ValueInfoProto& value, const std::string& name,
               const Shape& shape) {
  value.set_name(name);
  auto& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(::onnx::TensorProto::FLOAT);
  for (int64_t each : shape) {
    auto& dim = *tensor.mutable_shape()->add_dim();
    if (each >= 0) dim.set_dim_value(each);
    if (each < 0) dim.set_dim_param("open");
  }
}

::onnx::AttributeProto& add_attribute(
    ::onnx::NodeProto& node, const std::string& name,
    ::onnx::AttributeProto::AttributeType type) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

}  // namespace

OnnxModel::OnnxModel(const Shape& input, int64_t opset) {
  model.set_ir_version(8);
  auto& set = *model.add_opset_import();
  set.set_domain("");
  set.set_version(opset);
  model.mutable_graph()->set_name("net");
  set_value(*model.mutable_graph()->add_input(), "x", input);
  model.mutable_graph()->add_output()->set_name("y");
}

::onnx::NodeProto& OnnxModel::add(const std::string& op,
                                  const std::vector<std::string>& inputs,
                                  const std::string& output) {
  auto& node = *model.mutable_graph()->add_node();
  node.set_op_type(op);
  for (const std::string& each : inputs) node.add_input(each);
  node.add_output(output);
  return node;
}

::onnx::TensorProto& OnnxModel::weight(const std::string& name,
                                       const Shape& shape,
                                       const std::vector<float>& values) {
  auto& tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(::onnx::TensorProto::FLOAT);
  for (int64_t each : shape) tensor.add_dims(each);
  for (float each : values) tensor.add_float_data(each);
  return tensor;
}

::onnx::TensorProto& OnnxModel::integers(const std::string& name,
                                         const std::vector<int64_t>& values) {
  auto& tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(::onnx::TensorProto::INT64);
  tensor.add_dims(static_cast<int64_t>(values.size()));
  for (int64_t each : values) tensor.add_int64_data(each);
  return tensor;
}

void set_integer(::onnx::NodeProto& node, const std::string& attribute,
                 int64_t value) {
  add_attribute(node, attribute, ::onnx::AttributeProto::INT).set_i(value);
}

void set_integers(::onnx::NodeProto& node, const std::string& attribute,
                  const Shape& values) {
  auto& list = add_attribute(node, attribute, ::onnx::AttributeProto::INTS);
  for (int64_t each : values) list.add_ints(each);
}

::onnx::GraphProto& set_graph(::onnx::NodeProto& node,
                              const std::string& attribute) {
  return *add_attribute(node, attribute, ::onnx::AttributeProto::GRAPH)
              .mutable_g();
}

}  // namespace nc::test
