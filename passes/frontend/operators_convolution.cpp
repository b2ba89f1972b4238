// Convolutions, and BatchNorm.
#include "passes/frontend/call.h"

namespace nc::frontend {
namespace {

// Zeros to add before and after each spatial axis.
struct Padding {
  Shape before;
  Shape after;
};

// padding='same': where the total is odd, the extra zero is at the end.
Padding same_padding(const Tensor& weight, const Shape& dilation) {
  Padding padding;
  for (size_t i = 0; i < dilation.size(); ++i) {
    int64_t total = dilation[i] * (weight.size(i + 2) - 1);
    padding.before.push_back(total / 2);
    padding.after.push_back(total - total / 2);
  }
  return padding;
}

// "pads", as ONNX has it: all zeros before, then all behind.
Padding given_on_both_sides(const Call& call, size_t axes) {
  Shape pads = call.integers("pads");
  if (pads.size() != 2 * axes) {
    refuse_misfit("expected two paddings per axis, found " + to_string(pads));
  }
  auto middle = pads.begin() + static_cast<std::ptrdiff_t>(axes);
  return {Shape(pads.begin(), middle), Shape(middle, pads.end())};
}

Padding padding_of(const Call& call, const Tensor& weight,
                   const Shape& dilation) {
  if (call.has("pads")) return given_on_both_sides(call, dilation.size());
  auto text = as_text(call.item("padding"));
  if (text == "same") return same_padding(weight, dilation);
  Shape zeros(dilation.size(), 0);
  if (text == "valid") return {zeros, zeros};
  if (text) throw Refusal{"padding '" + *text + "' is not known"};
  Shape both = call.integers("padding", dilation.size());
  return {both, both};
}

// Padding that the convolution itself cannot express goes before it.
Content padded(Call& call, const Content& input, Padding& padding) {
  if (padding.before == padding.after) return input;
  Pad pad{padding.before, padding.after};
  pad.before.insert(pad.before.begin(), 0);
  pad.after.insert(pad.after.begin(), 0);
  padding.before.assign(padding.before.size(), 0);
  return {call.graph.add_helper(pad, input)};
}

template <IsConvolution Conv>
Item convolve_as(Call& call, const Tensor& weight) {
  size_t spatial = weight.shape().size() - 2;
  Symbol input = call.symbol("input");
  if (input->shape.size() != spatial + 2) {
    refuse_misfit("expected an input of rank " + std::to_string(spatial + 1) +
                  " without batch, found " +
                  to_string(without_batch(input->shape)));
  }
  Conv conv;
  conv.weight = weight;
  conv.bias = call.tensor("bias");
  conv.stride = call.integers("stride", spatial);
  conv.dilation = call.integers("dilation", spatial);
  conv.groups = call.integer("groups");
  Padding padding = padding_of(call, weight, conv.dilation);
  Content content = padded(call, call.content(input), padding);
  conv.padding = padding.before;
  return call.result(call.graph.add(conv, content));
}

Item convolve(Call& call) {
  if (call.has("transposed") && call.flag("transposed")) {
    throw Refusal{
        "transposed convolution is not supported; use upsampling by "
        "repetition and a plain convolution, or cut it off"};
  }
  Tensor weight = call.tensor("weight");
  if (weight.shape().size() == 3) return convolve_as<Conv1d>(call, weight);
  if (weight.shape().size() == 4) return convolve_as<Conv2d>(call, weight);
  throw Refusal{
      "only convolutions over 1 and 2 axes are supported, found a "
      "weight of shape " +
      to_string(weight.shape())};
}

Item normalize_by_constants(Call& call) {
  if (!call.has("running_mean") || !call.has("running_var")) {
    throw Refusal{
        "uses the statistics of the batch (no running statistics); "
        "train with track_running_stats=True"};
  }
  BatchNorm norm;
  norm.weight = call.tensor("weight");
  norm.bias = call.tensor("bias");
  norm.mean = call.tensor("running_mean");
  norm.variance = call.tensor("running_var");
  norm.epsilon = call.number("eps");
  Symbol input = call.symbol("input");
  if (input->shape.size() < 2) refuse_misfit("expected a channel axis");
  return call.result(call.graph.add(norm, call.content(input)));
}

Item batch_norm(Call& call) {
  bool is_tracked = call.has("running_mean") && call.has("running_var");
  if (is_tracked && call.has("training") && call.flag("training")) {
    throw Refusal{
        "training=True is baked in: it uses the statistics of the "
        "batch; call model.eval() before tracing"};
  }
  return normalize_by_constants(call);
}

// Operators that also return the statistics that they used.
Item native_batch_norm(Call& call) {
  return make_tuple({batch_norm(call), make_none(), make_none()});
}

Item instance_norm(Call& call) {
  if (call.flag("use_input_stats")) {
    throw Refusal{"uses the statistics of each sample; use BatchNorm"};
  }
  return normalize_by_constants(call);
}

}  // namespace

void add_convolutions(Operators& operators) {
  for (const char* name :
       {"conv1d", "conv2d", "_convolution", "convolution", "_convolution_mode",
        "mkldnn_convolution", "cudnn_convolution", "conv3d"}) {
    operators[name] = {convolve};
  }
  operators["batch_norm"] = {batch_norm};
  operators["native_batch_norm"] = {native_batch_norm};
  operators["_native_batch_norm_legit_no_training"] = {native_batch_norm};
  operators["instance_norm"] = {instance_norm};
}

}  // namespace nc::frontend
