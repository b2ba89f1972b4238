// Arithmetic and activations.
#include <span>

#include "passes/frontend/constant.h"
#include "passes/frontend/onnx/node_call.h"

namespace nc::onnx {
namespace {

using namespace frontend;

Item unary(NodeCall& node, const char* op) {
  return node.apply(op, {{"self", node.input(0)}});
}

Item binary(NodeCall& node, const char* op, const Item& a, const Item& b) {
  return node.apply(op, {{"self", a}, {"other", b}});
}

// One operator of two values over any number of inputs.
Item chain(NodeCall& node, const char* op) {
  Item result = node.input(0);
  for (size_t i = 1; i < node.inputs(); ++i) {
    result = binary(node, op, result, node.input(i));
  }
  return result;
}

Item add(NodeCall& node) {
  return binary(node, "add", node.input(0), node.input(1));
}
Item sub(NodeCall& node) {
  return binary(node, "sub", node.input(0), node.input(1));
}
Item mul(NodeCall& node) {
  return binary(node, "mul", node.input(0), node.input(1));
}

bool is_whole(const Item& item) {
  return is_tensor(item) && !as_array(item).is_real();
}

// Whole numbers are cut towards zero.
Item div(NodeCall& node) {
  ArgumentList arguments = {{"self", node.input(0)}, {"other", node.input(1)}};
  if (is_whole(node.input(0)) && is_whole(node.input(1))) {
    arguments.push_back({"rounding_mode", make_text("trunc")});
  }
  return node.apply("div", arguments);
}

Item mod(NodeCall& node) {
  if (node.integer("fmod", 0) != 0) throw Refusal{"takes a remainder (fmod)"};
  return binary(node, "remainder", node.input(0), node.input(1));
}

Item power(NodeCall& node) {
  return node.apply("pow",
                    {{"self", node.input(0)}, {"exponent", node.input(1)}});
}

Item sum(NodeCall& node) { return chain(node, "add"); }
Item max(NodeCall& node) { return chain(node, "maximum"); }
Item min(NodeCall& node) { return chain(node, "minimum"); }

Item mean(NodeCall& node) {
  double factor = 1 / static_cast<double>(node.inputs());
  return binary(node, "mul", chain(node, "add"), make_number(factor));
}

Item clamp(NodeCall& node, const Item& values, const Item& low,
           const Item& high) {
  return node.apply("clamp", {{"self", values}, {"min", low}, {"max", high}});
}

Item clip(NodeCall& node) {
  return clamp(node, node.input(0), node.optional_input(1),
               node.optional_input(2));
}

Item relu(NodeCall& node) { return unary(node, "relu"); }
Item sigmoid(NodeCall& node) { return unary(node, "sigmoid"); }
Item tanh(NodeCall& node) { return unary(node, "tanh"); }
Item neg(NodeCall& node) { return unary(node, "neg"); }
Item abs(NodeCall& node) { return unary(node, "abs"); }
Item sqrt(NodeCall& node) { return unary(node, "sqrt"); }
Item exp(NodeCall& node) { return unary(node, "exp"); }
Item log(NodeCall& node) { return unary(node, "log"); }
Item erf(NodeCall& node) { return unary(node, "erf"); }
Item floor(NodeCall& node) { return unary(node, "floor"); }
Item ceil(NodeCall& node) { return unary(node, "ceil"); }
Item round(NodeCall& node) { return unary(node, "round"); }
Item sign(NodeCall& node) { return unary(node, "sign"); }
Item reciprocal(NodeCall& node) { return unary(node, "reciprocal"); }

Item leaky_relu(NodeCall& node) {
  return node.apply("leaky_relu", {{"self", node.input(0)},
                                   {"negative_slope",
                                    make_number(node.number("alpha", 0.01))}});
}

// The slopes are broadcast to the values; for prelu they stand per channel.
Item prelu(NodeCall& node) {
  Tensor slope = as_parameter(node.input(1), node.shape(0));
  std::span<const float> values = slope.values<float>();
  Array slopes(slope.shape(), std::vector<float>(values.begin(), values.end()));
  return node.apply("prelu",
                    {{"self", node.input(0)},
                     {"weight", make_array(slopes, owner_of(node.input(1)))}});
}

// max(0, min(1, alpha x + beta))
Item hard_sigmoid(NodeCall& node) {
  double alpha = node.number("alpha", 0.2);
  double beta = node.number("beta", 0.5);
  bool is_usual = static_cast<float>(alpha) == 1.0f / 6 && beta == 0.5;
  if (is_usual) return unary(node, "hardsigmoid");
  Item values = binary(node, "mul", node.input(0), make_number(alpha));
  values = binary(node, "add", values, make_number(beta));
  return clamp(node, values, make_number(0), make_number(1));
}

// x above the threshold, else 0.
Item thresholded_relu(NodeCall& node) {
  return node.apply("threshold",
                    {{"self", node.input(0)},
                     {"threshold", make_number(node.number("alpha", 1))},
                     {"value", make_number(0)}});
}

Item gelu(NodeCall& node) {
  std::string kind = node.text("approximate", "none");
  return node.apply(
      "gelu", {{"self", node.input(0)}, {"approximate", make_text(kind)}});
}

// Before the operator set 13 all axes from `axis` on are taken as one.
Item softmax(NodeCall& node) {
  Shape shape = node.shape(0);
  size_t axis =
      static_cast<size_t>(node.axis(node.opset() < 13 ? 1 : -1, shape.size()));
  for (size_t i = axis + 1; i < shape.size() && node.opset() < 13; ++i) {
    if (shape[i] != 1) {
      throw Refusal{"softmax over several axes has no spiking form"};
    }
  }
  return node.apply("softmax",
                    {{"self", node.input(0)},
                     {"dim", make_integer(static_cast<int64_t>(axis))}});
}

}  // namespace

void add_elementwise(Translations& translations) {
  translations["Add"] = add;
  translations["Sub"] = sub;
  translations["Mul"] = mul;
  translations["Div"] = div;
  translations["Mod"] = mod;
  translations["Pow"] = power;
  translations["Sum"] = sum;
  translations["Mean"] = mean;
  translations["Max"] = max;
  translations["Min"] = min;
  translations["Neg"] = neg;
  translations["Abs"] = abs;
  translations["Sqrt"] = sqrt;
  translations["Exp"] = exp;
  translations["Log"] = log;
  translations["Erf"] = erf;
  translations["Floor"] = floor;
  translations["Ceil"] = ceil;
  translations["Round"] = round;
  translations["Sign"] = sign;
  translations["Reciprocal"] = reciprocal;
  translations["Relu"] = relu;
  translations["Clip"] = clip;
  translations["LeakyRelu"] = leaky_relu;
  translations["PRelu"] = prelu;
  translations["ThresholdedRelu"] = thresholded_relu;
  translations["Sigmoid"] = sigmoid;
  translations["HardSigmoid"] = hard_sigmoid;
  translations["Tanh"] = tanh;
  translations["Gelu"] = gelu;
  translations["Softmax"] = softmax;
  translations["LogSoftmax"] = softmax;
}

}  // namespace nc::onnx
