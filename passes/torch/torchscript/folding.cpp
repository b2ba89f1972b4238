#include "passes/torch/torchscript/folding.h"

#include <ATen/ATen.h>
#include <torch/csrc/jit/ir/ir.h>

#include "passes/frontend/converter.h"

namespace nc::torchscript {
namespace {

// No constant of a network has more elements; nor has a text or a list.
constexpr int64_t kMostElements = int64_t{1} << 28;
constexpr size_t kMostItems = size_t{1} << 20;

// Pure operators. Their results are no larger than their arguments together,
// broadcast against each other; the exceptions are listed below.
const std::set<std::string>& pure_operators() {
  static const std::set<std::string> names = {
      // whole numbers, fractions, texts, lists
      "add", "sub", "rsub", "mul", "div", "floordiv", "floor_divide",
      "true_divide", "remainder", "fmod", "mod", "neg", "pow", "abs", "floor",
      "ceil", "round", "trunc", "sqrt", "rsqrt", "exp", "log", "log2", "log10",
      "log1p", "expm1", "sin", "cos", "tan", "atan", "erf", "square",
      "reciprocal", "sign", "eq", "ne", "lt", "le", "gt", "ge", "is_nonzero",
      "__not__", "__and__", "__or__", "__xor__", "__is__", "__isnot__",
      "__contains__", "__range_length", "__derive_index", "__lshift__",
      "__rshift__", "logical_and", "logical_or", "logical_not", "logical_xor",
      "bitwise_and", "bitwise_or", "bitwise_not", "bitwise_xor", "max", "min",
      "maximum", "minimum", "sum", "prod", "mean", "all", "any", "Int", "Float",
      "Bool", "Complex", "IntImplicit", "FloatImplicit", "ScalarImplicit",
      "item", "len", "dim", "size", "numel", "format", "str", "list", "sorted",
      "lower", "upper", "strip", "split", "join", "startswith", "endswith",
      "find", "slice", "__getitem__", "__interpolate", "percentFormat",
      "is_floating_point", "is_complex", "is_contiguous", "isinf", "isnan",
      "isfinite", "equal", "allclose", "multiply", "subtract", "divide",
      "negative", "gcd", "degrees", "radians", "ord", "chr", "hex", "bin",
      "oct", "isdigit", "isalpha", "type_as", "copy", "index", "count",
      "values", "keys", "get", "is_grad_enabled", "is_scripting", "is_tracing",
      "is_autocast_enabled", "is_autocast_cpu_enabled", "get_device",
      "requires_grad", "element_size", "promote_types", "result_type",
      "can_cast", "ndimension", "stride",
      // tensors: elementwise, reductions
      "clamp", "clamp_min", "clamp_max", "clip", "relu", "sigmoid", "tanh",
      "softplus", "softmax", "log_softmax", "where", "addcmul", "addcdiv",
      "std", "var", "std_mean", "var_mean", "amax", "amin", "norm",
      "frobenius_norm", "linalg_vector_norm", "linalg_matrix_norm",
      "linalg_norm", "norm_except_dim", "_weight_norm",
      "_weight_norm_interface", "batch_norm", "cumsum", "logsumexp", "lerp",
      "normalize", "masked_fill", "fill", "zero", "tril", "triu", "nan_to_num",
      "argmax", "argmin", "sort", "argsort", "topk",
      // tensors: shapes
      "view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze",
      "permute", "transpose", "swapaxes", "swapdims", "movedim", "t",
      "contiguous", "clone", "detach", "alias", "to", "_to_copy", "float",
      "double", "half", "bfloat16", "int", "long", "bool", "cpu", "select",
      "narrow", "chunk", "unbind", "split_with_sizes", "index_select", "take",
      "gather", "flip", "roll", "cat", "concat", "concatenate", "stack",
      "expand", "expand_as", "broadcast_to", "view_as", "reshape_as",
      "lift_fresh", "lift_fresh_copy", "lift", "resolve_conj", "resolve_neg",
      "positive", "rot90", "T", "mT", "ravel", "data", "scatter", "diagonal",
      "numpy_T", "_unsafe_view", "requires_grad_",
      // tensors: products
      "mm", "mv", "matmul", "dot", "bmm", "addmm", "addmv", "linear", "vdot",
      "baddbmm", "conv1d", "conv2d", "_convolution", "_convolution_mode",
      "convolution",
      // tensors: made
      "tensor", "as_tensor", "scalar_tensor", "zeros", "ones", "full",
      "zeros_like", "ones_like", "full_like", "new_zeros", "new_ones",
      "new_full", "new_tensor", "arange", "linspace", "eye", "repeat", "tile",
      "pad", "constant_pad_nd", "new_empty", "empty", "empty_like",
      "_cast_Float", "range", "hann_window", "hamming_window"};
  return names;
}

const std::set<std::string>& pure_primitives() {
  static const std::set<std::string> names = {
      "prim::NumToTensor", "prim::min",           "prim::max",
      "prim::dtype",       "prim::device",        "prim::layout",
      "prim::is_cuda",     "prim::shape",         "prim::abs",
      "prim::itemsize",    "prim::is_sparse",     "prim::is_quantized",
      "prim::data",        "prim::requires_grad", "prim::tolist",
      "prim::StringIndex", "prim::is_mkldnn"};
  return names;
}

int64_t saturated_product(int64_t a, int64_t b) {
  if (a <= 0 || b <= 0) return 0;
  return a > kMostElements / b ? kMostElements + 1 : a * b;
}

void require_small(int64_t count) {
  if (count <= kMostElements) return;
  throw Refusal{"would make a constant of more than " +
                std::to_string(kMostElements) + " elements"};
}

// What operators that make tensors from sizes would make, at the most.
bool makes_from_sizes(const std::string& name) {
  static const std::set<std::string> names = {"zeros",
                                              "ones",
                                              "full",
                                              "new_zeros",
                                              "new_ones",
                                              "new_full",
                                              "empty",
                                              "expand",
                                              "repeat",
                                              "tile",
                                              "broadcast_to",
                                              "linspace",
                                              "arange",
                                              "eye",
                                              "pad",
                                              "constant_pad_nd",
                                              "range",
                                              "hann_window",
                                              "hamming_window",
                                              "__range_length",
                                              "unfold"};
  return names.count(name) > 0;
}

// An upper bound of the elements in a result: sizes per axis that broadcasting
// can reach, or for products and joins all of them multiplied or added.
class Bound {
 public:
  void add(const c10::IValue& value, bool is_size) {
    if (value.isTensor() && value.toTensor().defined()) {
      add_tensor(value.toTensor());
    } else if (value.isTensorList()) {
      for (const at::Tensor& each : value.toTensorVector()) add_tensor(each);
    } else if (value.isString()) {
      items_ += value.toStringRef().size();
    } else if (value.isIntList() && is_size) {
      for (int64_t each : value.toIntVector()) add_size(each);
    } else if (value.isInt() && is_size) {
      add_size(value.toInt());
    } else if (value.isDouble() && is_size) {
      add_fraction(std::abs(value.toDouble()));
    } else if (value.isList()) {
      items_ += value.toListRef().size();
    }
  }

  void require(bool is_size) const {
    if (items_ > kMostItems) {
      throw Refusal{"makes a list or text of more than " +
                    std::to_string(kMostItems) + " items"};
    }
    int64_t count = 1;
    for (int64_t each : widest_) count = saturated_product(count, each);
    require_small(std::max(count, sum_));
    if (is_size)
      require_small(saturated_product(std::max(count, sum_), sizes_));
  }

 private:
  void add_tensor(const at::Tensor& tensor) {
    int64_t rank = tensor.dim();
    if (static_cast<int64_t>(widest_.size()) < rank) {
      widest_.resize(static_cast<size_t>(rank), 1);
    }
    for (int64_t i = 0; i < rank; ++i) {
      int64_t& widest = widest_[static_cast<size_t>(i)];
      widest = std::max(widest, tensor.size(rank - 1 - i));
    }
    sum_ += std::min(tensor.numel(), kMostElements);
  }

  void add_size(int64_t size) {
    sizes_ = saturated_product(sizes_, std::max<int64_t>(std::abs(size), 1));
  }

  // A bound or a step of arange: large ones and small ones make many elements.
  void add_fraction(double value) {
    double factor = value < 1 ? 1 / std::max(value, 1e-12) : value;
    add_size(static_cast<int64_t>(std::min(factor, 1e12)) + 1);
  }

  std::vector<int64_t> widest_;  // last axis first
  int64_t sum_ = 0;
  int64_t sizes_ = 1;
  size_t items_ = 0;
};

void require_bounded(const std::string& name,
                     const std::vector<c10::IValue>& values) {
  bool is_size = makes_from_sizes(name);
  Bound bound;
  for (const c10::IValue& each : values) bound.add(each, is_size);
  bound.require(is_size);
}

// Only tensors that the program itself has made may change.
void require_own(const torch::jit::Node& node,
                 const std::vector<c10::IValue>& values,
                 const StoredConstants& stored) {
  const c10::FunctionSchema& schema = node.schema();
  for (size_t i = 0; i < schema.arguments().size(); ++i) {
    const auto* alias = schema.arguments()[i].alias_info();
    if (alias == nullptr || !alias->isWrite()) continue;
    bool is_own = values[i].isTensor() && !stored.holds(values[i].toTensor());
    if (!is_own) {
      throw Refusal{
          "changes a tensor that belongs to the model; a converted "
          "network keeps nothing from one sample to the next",
          false, true};
    }
  }
}

// Statistics of the batch are allowed for constants (standardised weights),
// but must not be written into buffers.
void require_no_update(const std::string& name,
                       const std::vector<c10::IValue>& values) {
  if (name != "batch_norm" || values.size() < 6) return;
  bool updates = values[5].toBool() && values[3].isTensor();
  if (updates) throw Refusal{"updates running statistics", false, true};
}

std::vector<c10::IValue> arguments_of(const torch::jit::Node& node,
                                      const std::vector<Item>& inputs) {
  std::vector<c10::IValue> values;
  for (size_t i = 0; i < inputs.size(); ++i) {
    auto value = unwrap(inputs[i], node.inputs()[i]->type());
    if (!value) throw Refusal{"its arguments are neither constants nor data"};
    values.push_back(*value);
  }
  return values;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

constexpr int64_t kMostLaidOut = int64_t{1} << 20;

// What zeros, full_like ... are asked to make.
struct Filled {
  double value = 0;
  bool is_value_known = true;
  std::optional<Shape> shape;
  at::ScalarType type = at::kFloat;
};

std::optional<Filled> first_wish(const std::string& name) {
  static const std::map<std::string, double> values = {
      {"zeros", 0},      {"ones", 1},      {"full", 0},
      {"zeros_like", 0}, {"ones_like", 1}, {"full_like", 0},
      {"new_zeros", 0},  {"new_ones", 1},  {"new_full", 0}};
  auto found = values.find(name);
  if (found == values.end()) return {};
  Filled wish;
  wish.value = found->second;
  return wish;
}

void take_model(const Item& item, Filled& wish) {
  if (const auto* symbol = std::get_if<Symbol>(&item)) {
    wish.shape = (*symbol)->shape;
  } else if (is_tensor(item)) {
    wish.shape = shape_of(item);
    wish.type = value_of(item)->toTensor().scalar_type();
  }
}

void take_argument(const std::string& name, const Item& item, Filled& wish) {
  if (name == "self") take_model(item, wish);
  if (name == "size") wish.shape = as_integers(item);
  if (name == "fill_value") {
    auto number = as_number(item);
    wish.is_value_known = number.has_value();
    wish.value = number.value_or(0);
  }
  if (name == "dtype") {
    auto type = as_integer(item);
    if (type) wish.type = static_cast<at::ScalarType>(*type);
  }
}

}  // namespace

bool may_fold(const std::string& name) {
  if (pure_primitives().count(name)) return true;
  if (name.compare(0, 6, "aten::") != 0) return false;
  std::string bare = name.substr(6);
  return pure_operators().count(bare) ||
         pure_operators().count(functional_name(bare));
}

std::vector<Item> fold(const torch::jit::Node& node,
                       const std::vector<Item>& inputs,
                       const StoredConstants& stored) {
  std::string name = node.kind().toQualString();
  if (!may_fold(name)) {
    throw Refusal{
        "is not on the list of operators that may be run to fold "
        "constants"};
  }
  torch::jit::Stack stack = arguments_of(node, inputs);
  std::string bare = functional_name(node.kind().toUnqualString());
  require_bounded(bare, stack);
  require_no_update(bare, stack);
  if (node.maybeSchema() != nullptr) require_own(node, stack, stored);
  std::string owner;
  for (const Item& each : inputs) {
    if (owner.empty() && is_tensor(each)) owner = owner_of(each);
  }
  try {
    at::NoGradGuard guard;
    node.getOperation()(stack);
  } catch (const std::exception& error) {
    throw Refusal{"cannot be computed: " + first_line(error.what()), true};
  }
  std::vector<Item> results;
  for (const c10::IValue& each : stack) results.push_back(wrap(each, owner));
  return results;
}

std::optional<Item> fold_filled(const std::string& name,
                                const c10::FunctionSchema& schema,
                                const std::vector<Item>& inputs) {
  auto wish = first_wish(name);
  if (!wish) return {};
  for (size_t i = 0; i < inputs.size(); ++i) {
    take_argument(schema.arguments()[i].name(), inputs[i], *wish);
  }
  bool is_known = wish->shape && wish->is_value_known;
  if (!is_known) return {};
  for (int64_t each : *wish->shape) {
    if (each < 0) return {};
  }
  at::Tensor single = at::scalar_tensor(wish->value, wish->type);
  at::Tensor tensor = single.expand(*wish->shape);
  // Small ones are laid out, so that the program can write into them.
  bool is_small = tensor.numel() <= kMostLaidOut;
  return wrap(is_small ? tensor.contiguous() : tensor);
}

}  // namespace nc::torchscript
