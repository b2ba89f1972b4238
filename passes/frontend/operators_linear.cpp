// Products with constant matrices.
#include "passes/frontend/call.h"

namespace nc::frontend {
namespace {

Tensor transposed(const Tensor& matrix) {
  if (matrix.shape().size() != 2) {
    throw Refusal{"expected a constant matrix, found shape " +
                  to_string(matrix.shape())};
  }
  std::span<const float> from = matrix.values<float>();
  size_t rows = static_cast<size_t>(matrix.size(0));
  size_t columns = static_cast<size_t>(matrix.size(1));
  std::vector<float> to(from.size());
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < columns; ++j) {
      to[j * rows + i] = from[i * columns + j];
    }
  }
  return Tensor({matrix.size(1), matrix.size(0)}, std::move(to));
}

Tensor with_shape(const Tensor& tensor, const Shape& shape) {
  return Tensor::from_bytes(tensor.dtype(), shape, tensor.bytes());
}

// A linear layer over the last of several axes is a convolution with a window
// of 1 over the others, once that axis stands first.
Symbol linear_over_positions(Call& call, const Symbol& input,
                             const Tensor& weight, const Tensor& bias) {
  bool is_line = input->shape.size() == 3;
  Shape to_front = is_line ? Shape{1, 0} : Shape{2, 0, 1};
  Shape to_back = is_line ? Shape{1, 0} : Shape{1, 2, 0};
  Shape kernel = {weight.size(0), weight.size(1), 1};
  if (!is_line) kernel.push_back(1);
  Content content =
      call.graph.rearranged(Permute{to_front}, call.content(input));
  Op op = Conv2d{with_shape(weight, kernel), bias};
  if (is_line) op = Conv1d{with_shape(weight, kernel), bias};
  content = {call.graph.add(op, content)};
  return call.result(call.graph.rearranged(Permute{to_back}, content));
}

// More axes than a convolution has are taken as one.
Symbol linear_over_many(Call& call, const Symbol& input, const Tensor& weight,
                        const Tensor& bias) {
  int64_t features = input->shape.back();
  int64_t positions = element_count(without_batch(input->shape)) / features;
  Symbol flat = reshaped(call.graph, input, {call.batch, positions, features});
  Symbol result = linear_over_positions(call, flat, weight, bias);
  Shape shape = input->shape;
  shape.back() = weight.size(0);
  return reshaped(call.graph, result, shape);
}

// weight [out, in], bias [out] or none, over the last axis of the input.
Symbol apply_linear(Call& call, const Symbol& input, const Tensor& weight,
                    const Tensor& bias) {
  size_t rank = input->shape.size();
  if (rank < 2) refuse_misfit("expected an input with a feature axis");
  if (rank > 2 && input->shape.back() != weight.size(1)) {
    refuse_misfit("expected input features " + std::to_string(weight.size(1)) +
                  ", found " + std::to_string(input->shape.back()));
  }
  if (rank > 4) return linear_over_many(call, input, weight, bias);
  if (rank > 2) return linear_over_positions(call, input, weight, bias);
  Affine affine{weight, bias};
  return call.result(call.graph.add(affine, call.content(input)));
}

void refuse_two_symbols(const Call& call, const char* a, const char* b) {
  if (!call.is_symbolic(a) || !call.is_symbolic(b)) return;
  throw Refusal{
      "multiplies two activations, as attention does; only products "
      "with constants are supported"};
}

Item linear(Call& call) {
  refuse_two_symbols(call, "input", "weight");
  Tensor weight = call.tensor("weight");
  if (weight.shape().size() != 2) {
    throw Refusal{"expected a weight matrix, found shape " +
                  to_string(weight.shape())};
  }
  return apply_linear(call, call.symbol("input"), weight, call.tensor("bias"));
}

// constant [k, n] times values [batch, n, m]: a convolution with a window of 1.
Item constant_times(Call& call, const Tensor& matrix, const Symbol& input) {
  if (matrix.shape().size() != 2 || input->shape.size() != 3) {
    throw Refusal{"a constant of shape " + to_string(matrix.shape()) +
                  " from the left is not supported for values of shape " +
                  to_string(without_batch(input->shape))};
  }
  Conv1d conv;
  conv.weight = with_shape(matrix, {matrix.size(0), matrix.size(1), 1});
  return call.result(call.graph.add(conv, call.content(input)));
}

Item times_vector(Call& call, const Symbol& input, const Tensor& vector) {
  Tensor weight = with_shape(vector, {1, vector.size()});
  Symbol result = apply_linear(call, input, weight, {});
  Shape shape = result->shape;
  shape.pop_back();
  return reshaped(call.graph, result, shape);
}

Item product(Call& call, const char* left, const char* right) {
  refuse_two_symbols(call, left, right);
  if (!call.is_symbolic(left)) {
    return constant_times(call, call.tensor(left), call.symbol(right));
  }
  Symbol input = call.symbol(left);
  Tensor weight = call.tensor(right);
  if (weight.shape().size() == 1) return times_vector(call, input, weight);
  return apply_linear(call, input, transposed(weight), {});
}

Item matmul(Call& call) { return product(call, "self", "other"); }
Item mm(Call& call) { return product(call, "self", "mat2"); }
Item mv(Call& call) { return product(call, "self", "vec"); }

Tensor multiplied(const Tensor& tensor, double factor) {
  if (factor == 1) return tensor;
  std::vector<double> values = tensor.to_doubles();
  for (double& each : values) each *= factor;
  return float_tensor(tensor.shape(), values);
}

// One value per output, where a constant may be given for all.
Tensor spread(const Tensor& tensor, int64_t count) {
  if (tensor.size() == count) return with_shape(tensor, {count});
  std::vector<double> values(static_cast<size_t>(count),
                             tensor.to_doubles().at(0));
  return float_tensor({count}, values);
}

// beta * self + alpha * (mat1 mat2)
Item addmm(Call& call) {
  refuse_two_symbols(call, "mat1", "mat2");
  Symbol input = call.symbol("mat1");
  Tensor matrix = multiplied(call.tensor("mat2"), call.number("alpha"));
  Tensor weight = transposed(matrix);
  double beta = call.number("beta");
  Shape shape = {call.batch, weight.size(0)};
  if (!call.is_symbolic("self")) {
    Tensor bias = as_parameter(call.item("self"), shape);
    bias = multiplied(spread(bias, weight.size(0)), beta);
    return apply_linear(call, input, weight, bias);
  }
  Content addend = call.content(call.symbol("self"));
  Tensor factor = float_tensor({1}, {beta});
  if (beta != 1) addend = {call.graph.add_helper(Scale{factor, {}}, addend)};
  Content result = call.content(apply_linear(call, input, weight, {}));
  return call.result(call.graph.sum(addend, result));
}

}  // namespace

void add_linear(Operators& operators) {
  operators["linear"] = {linear};
  operators["addmm"] = {addmm};
  operators["mm"] = {mm};
  operators["matmul"] = {matmul};
  operators["mv"] = {mv};
}

}  // namespace nc::frontend
