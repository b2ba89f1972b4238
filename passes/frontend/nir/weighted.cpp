#include <algorithm>
#include <cmath>
#include <cstdio>

#include "passes/frontend/nir/chain.h"
#include "passes/frontend/refusal.h"

namespace nc::frontend::nir {
namespace {

// Weights as tensors.
class Rounder {
 public:
  explicit Rounder(Numbers form) : form_(form) {}

  Tensor tensor(const Shape& shape, const std::vector<double>& values) {
    if (form_ == Numbers::own_integer) {
      return integer_tensor(shape, {values.begin(), values.end()});
    }
    for (double each : values) note(each);
    return float_tensor(shape, values);
  }

  // None for zeros.
  Tensor bias(Fields& fields, const Shape& shape) {
    std::vector<double> values = fields.spread("bias", shape);
    bool zero = std::all_of(values.begin(), values.end(),
                            [](double each) { return each == 0; });
    return zero ? Tensor{} : tensor(shape, values);
  }

  // Why the numbers are not exact; empty: they are.
  std::string loss() const {
    if (most_ == 0 || form_ != Numbers::real) return "";
    char size[32];
    std::snprintf(size, sizeof size, "%.1e", most_);
    return std::string("64-bit numbers are rounded to 32 bits, by up to ") +
           size + " of their size";
  }

 private:
  void note(double value) {
    double held = static_cast<double>(static_cast<float>(value));
    if (held == value) return;
    most_ = std::max(most_, std::abs(value - held) / std::abs(value));
  }

  Numbers form_;
  double most_ = 0;
};

const Dataset& weights_of(Fields& fields, size_t least, size_t most) {
  const Dataset& weight = fields.numbers("weight");
  size_t rank = weight.shape.size();
  if (rank < least || rank > most || element_count(weight.shape) == 0) {
    fields.fail("'weight': expected " + std::to_string(least) +
                " axes without zeros, found shape " + to_string(weight.shape));
  }
  return weight;
}

// Several matrices side by side, [..., out, in]: a convolution over a signal of
// length 1, with a group for each.
Chain stacked(Fields& fields, const Dataset& weight, bool has_bias,
              Rounder& rounder) {
  Shape out(weight.shape.begin(), weight.shape.end() - 1);
  int64_t inputs = weight.shape.back();
  int64_t rows = element_count(out);
  Conv1d conv;
  conv.groups = rows / out.back();
  conv.weight = rounder.tensor({rows, inputs, 1}, weight.numbers);
  if (has_bias) {
    conv.bias = rounder.tensor({rows}, fields.spread("bias", out));
  }
  return {{{"columns", Reshape{{conv.groups * inputs, 1}}},
           {"", conv},
           {"rows", Reshape{out}}},
          ""};
}

Chain linear(Fields& fields, bool has_bias, Rounder& rounder) {
  const Dataset& weight = weights_of(fields, 2, 8);
  if (weight.shape.size() > 2) {
    return stacked(fields, weight, has_bias, rounder);
  }
  Affine affine;
  affine.weight = rounder.tensor(weight.shape, weight.numbers);
  if (has_bias) affine.bias = rounder.bias(fields, {weight.shape[0]});
  return {{{"", affine}}, ""};
}

Chain scale(Fields& fields, const Shape& in, Rounder& rounder) {
  const Dataset& factor = fields.numbers("scale");
  if (!fits(factor.shape, in)) fields.spread("scale", in);  // says so
  Tensor held = rounder.tensor(factor.shape, factor.numbers);
  if (held.is_integer() && held.shape() == in)
    return {{{"", Scale{held, {}}}}, ""};
  return {{{"", Scale{compact(factor.numbers, factor.shape, in), {}}}}, ""};
}

// padding="same" of PyTorch: what an odd window lacks stands behind.
Shape same_padding(Fields& fields, const Shape& kernel, const Shape& stride,
                   const Shape& dilation, Chain& chain) {
  Shape padding;
  Pad rest{{0}, {0}, 0};
  for (size_t i = 0; i < kernel.size(); ++i) {
    if (stride[i] != 1) {
      throw Refusal{"padding 'same' with a stride of " +
                    std::to_string(stride[i]) + " has no fixed meaning"};
    }
    int64_t total = dilation[i] * (kernel[i] - 1);
    if (total > kMaxElements) fields.fail("the window is too large");
    padding.push_back(total / 2);
    rest.before.push_back(0);
    rest.after.push_back(total % 2);
  }
  bool even = std::all_of(rest.after.begin(), rest.after.end(),
                          [](int64_t each) { return each == 0; });
  if (!even) chain.pieces.push_back({"pad", rest});
  return padding;
}

template <IsConvolution Conv>
Chain convolution(Fields& fields, Rounder& rounder) {
  constexpr size_t kAxes = std::is_same_v<Conv, Conv1d> ? 1 : 2;
  Chain chain;
  const Dataset& weight = weights_of(fields, kAxes + 2, kAxes + 2);
  Conv conv;
  conv.weight = rounder.tensor(weight.shape, weight.numbers);
  conv.stride = fields.sizes("stride", kAxes);
  conv.dilation = fields.sizes("dilation", kAxes);
  conv.groups = fields.whole("groups");
  Shape kernel(weight.shape.begin() + 2, weight.shape.end());
  std::string word = fields.text("padding");
  if (word == "same") {
    conv.padding =
        same_padding(fields, kernel, conv.stride, conv.dilation, chain);
  } else if (word == "valid") {
    conv.padding.assign(kAxes, 0);
  } else if (!word.empty()) {
    fields.fail("'padding': expected numbers, 'same' or 'valid', found '" +
                word + "'");
  } else {
    conv.padding = fields.sizes("padding", kAxes);
  }
  fields.sizes("input_shape", kAxes);
  conv.bias = rounder.bias(fields, {weight.shape[0]});
  chain.pieces.push_back({"", conv});
  return chain;
}

Chain converted(Fields& fields, const Shape& in, Rounder& rounder) {
  const std::string& type = fields.node().type;
  if (type == "Affine") return linear(fields, true, rounder);
  if (type == "Linear") return linear(fields, false, rounder);
  if (type == "Scale") return scale(fields, in, rounder);
  size_t rank = type == "Conv1d" ? 2 : 3;
  if (in.size() != rank) {
    fields.fail("expected an input of " + std::to_string(rank) +
                " axes, found " + to_string(in));
  }
  return rank == 2 ? convolution<Conv1d>(fields, rounder)
                   : convolution<Conv2d>(fields, rounder);
}

}  // namespace

bool is_weighted(const std::string& type) {
  return type == "Affine" || type == "Linear" || type == "Scale" ||
         type == "Conv1d" || type == "Conv2d";
}

Chain convert_weighted(Fields& fields, const Shape& in, Numbers form) {
  Rounder rounder(form);
  Chain chain = converted(fields, in, rounder);
  chain.approximation = rounder.loss();
  return chain;
}

}  // namespace nc::frontend::nir
