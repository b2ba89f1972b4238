#include "passes/frontend/onnx/model.h"

#include <limits>
#include <set>

#include "ir/error.h"

namespace nc::onnx {
namespace {

using Type = proto::TensorProto;

int64_t standard_opset(const proto::ModelProto& file) {
  int64_t opset = 0;
  for (const proto::OperatorSetIdProto& each : file.opset_import()) {
    if (is_standard(each.domain())) opset = each.version();
  }
  return opset;
}

void require_reach(int64_t opset) {
  if (opset >= kOldestOpset && opset <= kNewestOpset) return;
  std::string reach =
      std::to_string(kOldestOpset) + " to " + std::to_string(kNewestOpset);
  throw Error("expected operator set (opset) " + reach + ", found " +
              (opset == 0 ? "none" : std::to_string(opset)) +
              "; export the model with another opset_version");
}

bool holds_fractions(int32_t type) {
  return type == Type::FLOAT || type == Type::DOUBLE || type == Type::FLOAT16 ||
         type == Type::BFLOAT16;
}

std::string listed(const std::vector<const proto::ValueInfoProto*>& values) {
  std::string names;
  for (const proto::ValueInfoProto* each : values) {
    names += (names.empty() ? "'" : ", '") + each->name() + "'";
  }
  return names;
}

}  // namespace

Model parse_model(Bytes bytes) {
  Model model;
  bool is_small =
      bytes.size() <= static_cast<size_t>(std::numeric_limits<int>::max());
  if (!is_small) throw Error("an ONNX model has less than 2 GiB");
  bool is_read =
      model.file.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  if (!is_read || !model.file.has_graph()) {
    throw Error("not an ONNX model, or a damaged one");
  }
  model.size = static_cast<int64_t>(bytes.size());
  model.opset = standard_opset(model.file);
  require_reach(model.opset);
  return model;
}

bool is_standard(const std::string& domain) {
  return domain.empty() || domain == "ai.onnx";
}

std::string operator_name(const proto::NodeProto& node) {
  if (is_standard(node.domain())) return node.op_type();
  return node.domain() + "." + node.op_type();
}

const proto::ValueInfoProto& data_input(const proto::GraphProto& graph) {
  std::set<std::string> weights;
  for (const proto::TensorProto& each : graph.initializer()) {
    weights.insert(each.name());
  }
  std::vector<const proto::ValueInfoProto*> inputs;
  for (const proto::ValueInfoProto& each : graph.input()) {
    if (weights.count(each.name()) == 0) inputs.push_back(&each);
  }
  if (inputs.size() != 1) {
    throw Error("the network takes " + std::to_string(inputs.size()) +
                " inputs" +
                (inputs.empty() ? "" : " (" + listed(inputs) + ")") +
                "; only networks with one tensor as input are supported");
  }
  const proto::TypeProto& type = inputs[0]->type();
  if (!type.has_tensor_type() ||
      !holds_fractions(type.tensor_type().elem_type())) {
    throw Error("input '" + inputs[0]->name() +
                "': expected a tensor of floating-point numbers");
  }
  return *inputs[0];
}

Shape stated_shape(const proto::ValueInfoProto& value) {
  Shape shape;
  const auto& type = value.type().tensor_type();
  for (const auto& each : type.shape().dim()) {
    bool is_known = each.has_dim_value() && each.dim_value() > 0;
    shape.push_back(is_known ? each.dim_value() : -1);
  }
  return shape;
}

}  // namespace nc::onnx
