// Questions to a tensor that its shape answers, and operators that are known
// to have no conversion.
#include "passes/frontend/call.h"

namespace nc::frontend {
namespace {

Symbol asked(const Call& call) {
  for (const char* name : {"self", "a", "t", "tensor", "input", "x"}) {
    if (call.is_symbolic(name)) return call.symbol(name);
  }
  throw Refusal{"asks something of a constant and an activation"};
}

Item size(Call& call) {
  Symbol tensor = call.symbol("self");
  if (!call.has("dim")) {
    call.reads_batch = true;
    return make_integers(tensor->shape);
  }
  int64_t axis = normalized_axis(call.integer("dim"), tensor->shape.size());
  if (axis == 0) call.reads_batch = true;
  return make_integer(tensor->shape[static_cast<size_t>(axis)]);
}

Item length(Call& call) {
  call.reads_batch = true;
  return make_integer(asked(call)->shape.at(0));
}

Item count(Call& call) {
  call.reads_batch = true;
  int64_t count = 1;
  for (int64_t each : asked(call)->shape) count *= each;
  return make_integer(count);
}

Item rank(Call& call) {
  return make_integer(static_cast<int64_t>(asked(call)->shape.size()));
}

Item contiguity(Call& call) { return make_flag(is_contiguous(*asked(call))); }
Item yes(Call&) { return make_flag(true); }
Item no(Call&) { return make_flag(false); }
Item device(Call&) { return make_cpu_device(); }
Item float32(Call&) { return make_integer(6); }
Item strided(Call&) { return make_integer(0); }
Item minus_one(Call&) { return make_integer(-1); }

}  // namespace

void add_questions(Operators& operators) {
  operators["size"] = {size, false};
  operators["sym_size"] = {size, false};
  operators["len"] = {length, false};
  operators["numel"] = {count, false};
  operators["dim"] = {rank, false};
  operators["ndimension"] = {rank, false};
  operators["ndim"] = {rank, false};
  operators["is_contiguous"] = {contiguity, false};
  operators["is_floating_point"] = {yes, false};
  for (const char* name :
       {"is_complex", "is_cuda",       "is_sparse", "is_quantized", "is_mkldnn",
        "is_mps",     "is_xpu",        "is_meta",   "is_vulkan",    "is_ipu",
        "is_nested",  "is_inference",  "is_xla",    "is_ort",       "is_maia",
        "is_mtia",    "is_sparse_csr", "is_hpu",    "is_conj",      "is_neg"}) {
    operators[name] = {no, false};
  }
  operators["is_signed"] = {yes, false};
  operators["device"] = {device, false};
  operators["dtype"] = {float32, false};
  operators["layout"] = {strided, false};
  operators["get_device"] = {minus_one, false};
}

UnsupportedOperators unsupported_operators() {
  UnsupportedOperators table;
  auto add = [&](std::initializer_list<const char*> names, bool keeps_shape,
                 const std::string& reason) {
    for (const char* name : names) table[name] = {reason, keeps_shape};
  };
  add({"layer_norm", "native_layer_norm", "group_norm", "native_group_norm",
       "rms_norm", "local_response_norm"},
      true,
      "takes statistics of each sample while it runs, which spikes cannot; "
      "train with BatchNorm");
  add({"scaled_dot_product_attention", "_native_multi_head_attention",
       "_transformer_encoder_layer_fwd", "bmm", "baddbmm", "einsum", "dot",
       "outer", "bilinear", "tensordot", "chain_matmul", "linalg_multi_dot"},
      false,
      "multiplies two activations, as attention does; only products with "
      "constants are supported");
  add({"_native_batch_norm_legit", "_native_batch_norm_legit_functional"}, true,
      "uses the statistics of the batch; train with track_running_stats=True, "
      "and call model.eval() before exporting");
  add({"lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_cell", "gru_cell",
       "rnn_tanh_cell", "rnn_relu_cell"},
      false, "is a recurrent layer, which is not supported");
  add({"addcmul", "addcdiv"}, true,
      "is supported only where it is written as separate sums and products");
  add({"conv_transpose1d", "conv_transpose2d", "conv_transpose3d"}, false,
      "transposed convolution is not supported; use upsampling by repetition "
      "and a plain convolution, or cut it off");
  add({"elu",        "selu",       "celu",       "softplus",   "mish",
       "hardswish",  "hardshrink", "softshrink", "tanhshrink", "log_sigmoid",
       "softsign",   "glu",        "exp",        "log",        "log2",
       "log10",      "log1p",      "sqrt",       "rsqrt",      "square",
       "reciprocal", "sin",        "cos",        "erf",        "abs",
       "sign",       "round",      "floor",      "ceil",       "trunc",
       "frac",       "expm1",      "logit"},
      true, "has no spiking form; train with ReLU in its place");
  add({"gt",          "lt",          "ge",
       "le",          "eq",          "ne",
       "where",       "masked_fill", "isnan",
       "logical_and", "logical_or",  "logical_not",
       "nonzero",     "gather",      "scatter",
       "index_put",   "take",        "masked_select",
       "is_nonzero",  "item",        "_local_scalar_dense",
       "allclose",    "equal"},
      false, "decides by the values of activations");
  add({"argmax", "argmin", "topk", "sort", "argsort", "kthvalue", "median",
       "mode", "bucketize", "one_hot", "embedding", "embedding_bag"},
      false, "works with indices; end the network at the values before it");
  add({"upsample_nearest1d", "upsample_nearest2d", "upsample_bilinear2d",
       "upsample_linear1d", "upsample_bicubic2d", "grid_sampler", "unfold",
       "im2col", "col2im", "as_strided", "roll", "repeat_interleave"},
      false, "has no conversion");
  add({"std", "var", "std_mean", "var_mean", "norm", "linalg_vector_norm",
       "logsumexp", "prod", "cumsum", "any", "all"},
      false, "is no linear function of its input");
  return table;
}

}  // namespace nc::frontend
