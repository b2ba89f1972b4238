// Sums of branches, and sums and products with constants.
#include <algorithm>
#include <functional>

#include "passes/frontend/arithmetic.h"
#include "passes/frontend/call.h"

namespace nc::frontend {
namespace {

Shape broadcast_shape(const Shape& a, const Shape& b) {
  Shape shape = a.size() > b.size() ? a : b;
  const Shape& other = a.size() > b.size() ? b : a;
  for (size_t i = 0; i < other.size(); ++i) {
    int64_t& wide = shape[shape.size() - other.size() + i];
    if (other[i] != wide && other[i] != 1 && wide != 1) {
      refuse_misfit("shapes " + to_string(without_batch(a)) + " and " +
                    to_string(without_batch(b)) + " do not fit each other");
    }
    wide = wide == 1 ? other[i] : wide;
  }
  return shape;
}

Item sum_of_branches(Call& call, const Symbol& x, double a, const Symbol& y,
                     double b) {
  if (x->shape.size() != y->shape.size()) {
    throw Refusal{"broadcasts values of different rank, which mixes samples"};
  }
  Shape shape = broadcast_shape(x->shape, y->shape);
  Symbol wide = expanded(call, x, shape);
  Content first = scaled(call, call.content(wide), a);
  Content second = scaled(call, call.content(expanded(call, y, shape)), b);
  return like(wide, call.graph.sum(first, second), call);
}

// a * first + b * second, where either may be a constant.
Item combination(Call& call, const char* first, double a, const char* second,
                 double b) {
  if (call.is_symbolic(first) && call.is_symbolic(second)) {
    return sum_of_branches(call, call.symbol(first), a, call.symbol(second), b);
  }
  if (!call.is_symbolic(first)) {
    std::swap(first, second);
    std::swap(a, b);
  }
  Symbol values = call.symbol(first);
  Tensor offset = as_parameter(call.item(second), values->shape);
  offset = mapped(offset, [b](double each) { return b * each; });
  return affine_copy(call, values, float_tensor({1}, {a}), offset);
}

double alpha_of(const Call& call) {
  return call.has("alpha") ? call.number("alpha") : 1;
}

Item add(Call& call) {
  return combination(call, "self", 1, "other", alpha_of(call));
}
Item sub(Call& call) {
  return combination(call, "self", 1, "other", -alpha_of(call));
}
Item rsub(Call& call) {
  return combination(call, "self", -alpha_of(call), "other", 1);
}

Item neg(Call& call) {
  return affine_copy(call, call.symbol("self"), float_tensor({1}, {-1}), {});
}

Item mul(Call& call) {
  bool is_first = call.is_symbolic("self");
  if (is_first && call.is_symbolic("other")) {
    auto silu = silu_product(call, call.symbol("self"), call.symbol("other"));
    if (silu) return *silu;
    throw Refusal{
        "multiplies two activations; only products with constants "
        "are supported"};
  }
  Symbol values = call.symbol(is_first ? "self" : "other");
  const Item& factor = call.item(is_first ? "other" : "self");
  return affine_copy(call, values, as_parameter(factor, values->shape), {});
}

Item div(Call& call) {
  if (call.has("rounding_mode")) {
    throw Refusal{"rounds its result; only plain division is supported"};
  }
  if (call.is_symbolic("other")) {
    throw Refusal{
        "divides by an activation; only division by constants is "
        "supported"};
  }
  Symbol values = call.symbol("self");
  Tensor divisor = as_parameter(call.item("other"), values->shape);
  if (is_all(mapped(divisor, [](double each) { return each == 0; }), 1)) {
    throw Refusal{"divides by zero"};
  }
  Tensor factor = mapped(divisor, [](double each) { return 1 / each; });
  return affine_copy(call, values, factor, {});
}

Item power(Call& call) {
  if (!call.is_symbolic("exponent") && call.number("exponent") == 1) {
    return like(call.symbol("self"), call.content(call.symbol("self")), call);
  }
  throw Refusal{"raises activations to a power, which has no spiking form"};
}

// Writing a constant into a tensor: 0 * x + value.
Item overwritten(Call& call, const Symbol& values, const Tensor& value) {
  return affine_copy(call, values, float_tensor({1}, {0}), value);
}

Item fill(Call& call) {
  Symbol values = call.symbol("self");
  return overwritten(call, values,
                     as_parameter(call.item("value"), values->shape));
}

Item zero(Call& call) {
  return overwritten(call, call.symbol("self"), float_tensor({1}, {0}));
}

Item copy(Call& call) {
  if (!call.is_symbolic("self")) {
    throw Refusal{
        "writes activations into a constant tensor; build the tensor "
        "with torch.cat or F.pad"};
  }
  Symbol values = call.symbol("self");
  if (call.is_symbolic("src")) {
    Symbol source = expanded(call, call.symbol("src"), values->shape);
    return like(values, call.content(source), call);
  }
  return overwritten(call, values,
                     as_parameter(call.item("src"), values->shape));
}

}  // namespace

bool is_all(const Tensor& tensor, double value) {
  std::vector<double> values = tensor.to_doubles();
  return std::all_of(values.begin(), values.end(),
                     [&](double each) { return each == value; });
}

Item like(const Symbol& values, const Content& content, const Call& call) {
  return make_symbol_of_shape(values->shape, content, call.graph);
}

Tensor mapped(const Tensor& tensor, const std::function<double(double)>& f) {
  std::vector<double> values = tensor.to_doubles();
  std::transform(values.begin(), values.end(), values.begin(), f);
  return float_tensor(tensor.shape(), values);
}

Content scaled(Call& call, const Content& content, double factor) {
  if (factor == 1) return content;
  return {call.graph.add(Scale{float_tensor({1}, {factor}), {}}, content)};
}

Content scaled_and_shifted(Call& call, const Content& content, double factor,
                           const Tensor& offset) {
  if (factor == 1 && is_all(offset, 0)) return content;
  Scale scale{float_tensor({1}, {factor}), offset};
  return {call.graph.add_helper(scale, content)};
}

Item affine_copy(Call& call, const Symbol& values, const Tensor& weight,
                 const Tensor& offset) {
  Content content = call.content(values);
  bool is_shifted = !offset.empty() && !is_all(offset, 0);
  if (is_shifted || !is_all(weight, 1)) {
    Scale scale{weight, is_shifted ? offset : Tensor()};
    content = {call.graph.add(scale, content)};
  }
  return make_symbol_of_shape(values->shape, content, call.graph);
}

Symbol expanded(Call& call, const Symbol& tensor, const Shape& shape) {
  if (tensor->shape == shape) return tensor;
  if (shape.size() != tensor->shape.size() || shape[0] != tensor->shape[0]) {
    throw Refusal{"repeats samples, or makes a new axis in front of them"};
  }
  Content content = call.content(tensor);
  for (size_t i = 1; i < shape.size(); ++i) {
    if (tensor->shape[i] == shape[i]) continue;
    if (tensor->shape[i] != 1) refuse_misfit("cannot be broadcast");
    content = repeated(call, content, static_cast<int64_t>(i) - 1, shape[i]);
  }
  return call.result(content);
}

Content repeated(Call& call, const Content& content, int64_t axis,
                 int64_t times) {
  constexpr int64_t kMostCopies = 4096;
  if (times == 1) return content;
  if (times < 1 || times > kMostCopies) {
    throw Refusal{"repeats values " + std::to_string(times) + " times"};
  }
  Content copies(static_cast<size_t>(times), call.graph.single(content));
  return {call.graph.add_helper(Concat{axis}, copies)};
}

void add_arithmetic(Operators& operators) {
  operators["add"] = {add};
  operators["sub"] = {sub};
  operators["subtract"] = {sub};
  operators["rsub"] = {rsub};
  operators["neg"] = {neg};
  operators["negative"] = {neg};
  operators["mul"] = {mul};
  operators["multiply"] = {mul};
  operators["div"] = {div};
  operators["divide"] = {div};
  operators["true_divide"] = {div};
  operators["pow"] = {power};
  operators["fill"] = {fill};
  operators["zero"] = {zero};
  operators["copy"] = {copy};
}

}  // namespace nc::frontend
