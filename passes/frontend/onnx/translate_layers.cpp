// Layers with weights: Conv, Gemm, MatMul, BatchNormalization.
#include "passes/frontend/constant.h"
#include "passes/frontend/onnx/node_call.h"
#include "passes/frontend/onnx/window.h"

namespace nc::onnx {
namespace {

using namespace frontend;

Item convolve(NodeCall& node) {
  Shape weight = node.shape(1);
  if (weight.size() < 3 || weight.size() > 4) {
    throw Refusal{
        "only convolutions over 1 and 2 axes are supported, found a weight "
        "of shape " +
        to_string(weight)};
  }
  Window window = window_of(node, Shape(weight.begin() + 2, weight.end()));
  Shape pads = window.before;
  pads.insert(pads.end(), window.after.begin(), window.after.end());
  return node.apply("conv2d",
                    {{"input", node.input(0)},
                     {"weight", node.input(1)},
                     {"bias", node.optional_input(2)},
                     {"stride", make_integers(window.stride)},
                     {"pads", make_integers(pads)},
                     {"dilation", make_integers(window.dilation)},
                     {"groups", make_integer(node.integer("group", 1))}});
}

// Whether C is one value per output, as a layer's bias.
bool has_plain_bias(const NodeCall& node, double beta, int64_t outputs) {
  if (!node.has(2)) return true;
  return beta == 1 && !node.is_symbolic(2) && node.shape(2) == Shape{outputs};
}

Item transposed(NodeCall& node, const Item& matrix) {
  return node.apply("t", {{"self", matrix}});
}

// alpha A B + beta C, where A and B may be given transposed.
Item multiply_matrices(NodeCall& node) {
  double alpha = node.number("alpha", 1);
  double beta = node.number("beta", 1);
  bool flips_first = node.integer("transA", 0) != 0;
  bool flips_second = node.integer("transB", 0) != 0;
  if (flips_first && node.is_symbolic(0)) {
    throw Refusal{"transposes its input, which mixes samples (transA)"};
  }
  if (node.is_symbolic(1) || node.shape(1).size() != 2) {
    throw Refusal{
        "its second factor is no constant matrix; only products with "
        "constants are supported"};
  }
  bool is_layer = flips_second && alpha == 1 && node.is_symbolic(0) &&
                  has_plain_bias(node, beta, node.shape(1)[0]);
  if (is_layer) {
    return node.apply("linear", {{"input", node.input(0)},
                                 {"weight", node.input(1)},
                                 {"bias", node.optional_input(2)}});
  }
  Item first = node.input(0);
  Item second = node.input(1);
  if (flips_first) first = transposed(node, first);
  if (flips_second) second = transposed(node, second);
  return node.apply("addmm",
                    {{"self", node.has(2) ? node.input(2) : make_number(0)},
                     {"mat1", first},
                     {"mat2", second},
                     {"beta", make_number(beta)},
                     {"alpha", make_number(alpha)}});
}

Item matmul(NodeCall& node) {
  return node.apply("matmul",
                    {{"self", node.input(0)}, {"other", node.input(1)}});
}

Item normalize(NodeCall& node) {
  node.ignore("momentum");
  bool is_training = node.integer("training_mode", 0) != 0;
  if (is_training || node.outputs() > 1) {
    throw Refusal{
        "uses the statistics of the batch (training mode); export the model "
        "in eval() mode"};
  }
  return node.apply("batch_norm",
                    {{"input", node.input(0)},
                     {"weight", node.input(1)},
                     {"bias", node.input(2)},
                     {"running_mean", node.input(3)},
                     {"running_var", node.input(4)},
                     {"training", make_flag(false)},
                     {"eps", make_number(node.number("epsilon", 1e-5))}});
}

}  // namespace

void add_layers(Translations& translations) {
  translations["Conv"] = convolve;
  translations["Gemm"] = multiply_matrices;
  translations["MatMul"] = matmul;
  translations["BatchNormalization"] = normalize;
}

}  // namespace nc::onnx
