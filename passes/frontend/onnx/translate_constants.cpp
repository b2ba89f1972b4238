// Operators that make constants.
#include <cmath>

#include "passes/frontend/constant.h"
#include "passes/frontend/onnx/node_call.h"

namespace nc::onnx {
namespace {

using namespace frontend;

Array line_of(const std::vector<double>& values) {
  return Array::of(Array::Kind::real32, {static_cast<int64_t>(values.size())},
                   values);
}

Item constant(NodeCall& node) {
  if (auto array = node.tensor("value")) return make_array(*array);
  if (node.has("value_float")) {
    return make_array(
        Array::of(Array::Kind::real32, {}, {node.number("value_float", 0)}));
  }
  if (node.has("value_int")) {
    int64_t value = node.integer("value_int", 0);
    return make_array(Array(Shape{}, std::vector<int64_t>{value}));
  }
  if (node.has("value_floats")) {
    return make_array(line_of(node.numbers("value_floats")));
  }
  if (node.has("value_ints")) return make_line(node.integers("value_ints", {}));
  throw Refusal{"holds texts, or a sparse tensor"};
}

Item constant_of_shape(NodeCall& node) {
  Shape shape = node.integers_in(0);
  for (int64_t each : shape) {
    if (each < 0) refuse_misfit("makes the shape " + to_string(shape));
  }
  Array value = Array::filled(Array::Kind::real32, {}, 0);
  if (auto given = node.tensor("value")) value = *given;
  return make_array(Array::filled(value.kind(), shape, value.number()));
}

Item range(NodeCall& node) {
  double span =
      as_array(node.input(1)).number() - as_array(node.input(0)).number();
  double count = span / as_array(node.input(2)).number();
  if (!(std::abs(count) < 1e6)) throw Refusal{"counts too far"};
  return node.apply("arange", {{"start", node.input(0)},
                               {"end", node.input(1)},
                               {"step", node.input(2)}});
}

}  // namespace

void add_constants(Translations& translations) {
  translations["Constant"] = constant;
  translations["ConstantOfShape"] = constant_of_shape;
  translations["Range"] = range;
}

}  // namespace nc::onnx
