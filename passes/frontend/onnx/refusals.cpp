// Operators of ONNX that are known to have no conversion.
#include "passes/frontend/onnx/node_call.h"

namespace nc::onnx {

const std::map<std::string, std::string>& known_by_other_names() {
  static const std::map<std::string, std::string> names = {
      {"ArgMax", "argmax"},
      {"ArgMin", "argmin"},
      {"Celu", "celu"},
      {"ConvTranspose", "conv_transpose2d"},
      {"Cos", "cos"},
      {"CumSum", "cumsum"},
      {"Einsum", "einsum"},
      {"Elu", "elu"},
      {"EyeLike", "eye"},
      {"GRU", "gru"},
      {"GatherElements", "gather"},
      {"GatherND", "gather"},
      {"GridSample", "grid_sampler"},
      {"GroupNormalization", "group_norm"},
      {"HardSwish", "hardswish"},
      {"InstanceNormalization", "group_norm"},
      {"IsInf", "isnan"},
      {"IsNaN", "isnan"},
      {"LRN", "local_response_norm"},
      {"LSTM", "lstm"},
      {"LayerNormalization", "layer_norm"},
      {"LpNormalization", "norm"},
      {"LpPool", "norm"},
      {"GlobalLpPool", "norm"},
      {"MeanVarianceNormalization", "layer_norm"},
      {"Mish", "mish"},
      {"NonZero", "nonzero"},
      {"OneHot", "one_hot"},
      {"RNN", "rnn_tanh"},
      {"ReduceL1", "norm"},
      {"ReduceL2", "norm"},
      {"ReduceLogSum", "logsumexp"},
      {"ReduceLogSumExp", "logsumexp"},
      {"ReduceProd", "prod"},
      {"ReduceSumSquare", "norm"},
      {"Resize", "upsample_nearest2d"},
      {"ScatterElements", "scatter"},
      {"ScatterND", "index_put"},
      {"Selu", "selu"},
      {"Shrink", "hardshrink"},
      {"Sin", "sin"},
      {"Softplus", "softplus"},
      {"Softsign", "softsign"},
      {"TopK", "topk"},
      {"Unique", "sort"},
      {"Upsample", "upsample_nearest2d"}};
  return names;
}

std::optional<std::string> own_refusal(const std::string& name) {
  static const std::string quantised =
      "is an operator of a quantised network; export the network in float "
      "(nc-spike quantises it)";
  static const std::string random = "draws at random";
  static const std::string loop =
      "repeats a part of the network, which is not supported; export it "
      "unrolled";
  static const std::string sequence = "works with lists of tensors";
  static const std::map<std::string, std::string> reasons = {
      {"Bernoulli", random},
      {"ConcatFromSequence", sequence},
      {"ConvInteger", quantised},
      {"DequantizeLinear", quantised},
      {"DynamicQuantizeLinear", quantised},
      {"Loop", loop},
      {"MatMulInteger", quantised},
      {"Multinomial", random},
      {"QLinearConv", quantised},
      {"QLinearMatMul", quantised},
      {"QuantizeLinear", quantised},
      {"RandomNormal", random},
      {"RandomNormalLike", random},
      {"RandomUniform", random},
      {"RandomUniformLike", random},
      {"Scan", loop},
      {"SequenceAt", sequence},
      {"SequenceConstruct", sequence},
      {"SequenceEmpty", sequence},
      {"SequenceInsert", sequence},
      {"SplitToSequence", sequence}};
  auto found = reasons.find(name);
  if (found == reasons.end()) return {};
  return found->second;
}

}  // namespace nc::onnx
