#include "runtime/evaluate.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>

#include "ir/image_window.h"
#include "ir/shapes.h"

namespace nc {
namespace {

template <class Number>
Values<Number> numbers(const Tensor& tensor) {
  if constexpr (std::is_same_v<Number, int64_t>) {
    return tensor.to_integers();
  } else {
    std::vector<double> doubles = tensor.to_doubles();
    return Values<Number>(doubles.begin(), doubles.end());
  }
}

// The outputs x whose input x * stride - padding + offset lies in [0, size).
std::pair<int64_t, int64_t> inside(int64_t size, int64_t count, int64_t stride,
                                   int64_t padding, int64_t offset) {
  int64_t shift = padding - offset;
  int64_t first = shift > 0 ? (shift + stride - 1) / stride : 0;
  int64_t last = size - 1 + shift;
  return {first, last < 0 ? 0 : std::min(count, last / stride + 1)};
}

// Calls visit(output index, input index, run length) for each row of outputs
// that one kernel tap reaches; inputs along the row are stride_w apart.
template <class Visit>
void for_each_row(const ImageWindow& w, int64_t ky, int64_t kx, Visit visit) {
  int64_t dy = ky * w.dilation_height;
  int64_t dx = kx * w.dilation_width;
  auto [y0, y1] =
      inside(w.in_height, w.out_height, w.stride_height, w.padding_height, dy);
  auto [x0, x1] =
      inside(w.in_width, w.out_width, w.stride_width, w.padding_width, dx);
  if (x0 >= x1) return;
  for (int64_t y = y0; y < y1; ++y) {
    int64_t row = y * w.stride_height - w.padding_height + dy;
    int64_t column = x0 * w.stride_width - w.padding_width + dx;
    visit(y * w.out_width + x0, row * w.in_width + column, x1 - x0);
  }
}

template <class Number>
void add_row(Number* out, const Number* in, int64_t count, int64_t stride,
             Number weight) {
  for (int64_t i = 0; i < count; ++i) out[i] += weight * in[i * stride];
}

template <class Number>
void add_constant(Values<Number>& out, const Values<Number>& bias,
                  Number steps) {
  if (bias.empty()) return;
  size_t group = out.size() / bias.size();
  for (size_t i = 0; i < out.size(); ++i) out[i] += bias[i / group] * steps;
}

template <class Number>
Values<Number> convolve(const Values<Number>& in, const Values<Number>& weight,
                        const ImageWindow& w, int64_t out_channels,
                        int64_t in_per_group, int64_t groups) {
  int64_t out_size = w.out_height * w.out_width;
  int64_t in_size = w.in_height * w.in_width;
  Values<Number> out(static_cast<size_t>(out_channels * out_size));
  const Number* next_weight = weight.data();
  for (int64_t o = 0; o < out_channels; ++o) {
    int64_t first = o / (out_channels / groups) * in_per_group;
    for (int64_t c = first; c < first + in_per_group; ++c) {
      for (int64_t ky = 0; ky < w.kernel_height; ++ky) {
        for (int64_t kx = 0; kx < w.kernel_width; ++kx) {
          Number tap = *next_weight++;
          if (tap == 0) continue;
          for_each_row(w, ky, kx, [&](int64_t to, int64_t from, int64_t n) {
            add_row(&out[static_cast<size_t>(o * out_size + to)],
                    &in[static_cast<size_t>(c * in_size + from)], n,
                    w.stride_width, tap);
          });
        }
      }
    }
  }
  return out;
}

// Folds each window of each channel: accumulate(result, value).
template <class Number, class Accumulate>
Values<Number> pool(const Values<Number>& in, const ImageWindow& w,
                    int64_t channels, Number start, Accumulate accumulate) {
  int64_t out_size = w.out_height * w.out_width;
  int64_t in_size = w.in_height * w.in_width;
  Values<Number> out(static_cast<size_t>(channels * out_size), start);
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t ky = 0; ky < w.kernel_height; ++ky) {
      for (int64_t kx = 0; kx < w.kernel_width; ++kx) {
        for_each_row(w, ky, kx, [&](int64_t to, int64_t from, int64_t n) {
          for (int64_t i = 0; i < n; ++i) {
            accumulate(out[static_cast<size_t>(c * out_size + to + i)],
                       in[static_cast<size_t>(c * in_size + from +
                                              i * w.stride_width)]);
          }
        });
      }
    }
  }
  return out;
}

// How many cells PyTorch divides window `at` by, along one axis.
int64_t divisor(int64_t at, int64_t size, int64_t kernel, int64_t stride,
                int64_t padding, bool count_padding) {
  int64_t start = at * stride - padding;
  int64_t stop = std::min(start + kernel, size + padding);
  if (count_padding) return stop - start;
  return std::min(stop, size) - std::max<int64_t>(start, 0);
}

// Walks a row-major array: next() gives the flat source index for each cell of
// `shape`, given one stride per axis.
class StridedWalk {
 public:
  StridedWalk(Shape shape, Shape strides, int64_t start)
      : shape_(std::move(shape)),
        strides_(std::move(strides)),
        at_(shape_.size(), 0),
        index_(start) {}

  int64_t next() {
    int64_t here = index_;
    for (size_t axis = shape_.size(); axis-- > 0;) {
      index_ += strides_[axis];
      if (++at_[axis] < shape_[axis]) break;
      index_ -= strides_[axis] * shape_[axis];
      at_[axis] = 0;
    }
    return here;
  }

 private:
  Shape shape_;
  Shape strides_;
  Shape at_;
  int64_t index_;
};

Shape strides_of(const Shape& shape) {
  Shape strides(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;) {
    strides[axis - 1] = strides[axis] * shape[axis];
  }
  return strides;
}

template <class Number>
Values<Number> gather(const Values<Number>& in, const Shape& shape,
                      const Shape& strides, int64_t start) {
  StridedWalk walk(shape, strides, start);
  Values<Number> out(static_cast<size_t>(element_count(shape)));
  for (Number& value : out) value = in[static_cast<size_t>(walk.next())];
  return out;
}

// Writes `in` (of shape `in_shape`) into `out` (of shape `out_shape`) at an
// offset per axis.
template <class Number>
void place(const Values<Number>& in, const Shape& in_shape, Values<Number>& out,
           const Shape& out_shape, const Shape& offset) {
  Shape strides = strides_of(out_shape);
  int64_t start = std::inner_product(offset.begin(), offset.end(),
                                     strides.begin(), int64_t{0});
  StridedWalk walk(in_shape, strides, start);
  for (Number value : in) out[static_cast<size_t>(walk.next())] = value;
}

double activation(const Relu&, double x) { return std::max(x, 0.0); }
double activation(const Clip& op, double x) {
  return std::min(std::max(x, op.low), op.high);
}
double activation(const LeakyRelu& op, double x) {
  return x >= 0 ? x : op.slope * x;
}
double activation(const Silu&, double x) { return x / (1 + std::exp(-x)); }
double activation(const Gelu& op, double x) {
  if (!op.tanh) return x / 2 * (1 + std::erf(x / std::sqrt(2.0)));
  double inner = std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x);
  return x / 2 * (1 + std::tanh(inner));
}
double activation(const Sigmoid&, double x) { return 1 / (1 + std::exp(-x)); }
double activation(const Tanh&, double x) { return std::tanh(x); }

template <class Kind>
concept IsActivation = requires(const Kind& op) {
  activation(op, 0.0);
};

}  // namespace

// One node's computation; an overload per op.
template <class Number>
struct Visit {
  const Evaluator<Number>& self;
  size_t node;
  const std::vector<const Values<Number>*>& inputs;
  Number steps;

  const Values<Number>& weight() const { return self.constants_[node].weight; }
  const Values<Number>& bias() const { return self.constants_[node].bias; }
  const Shape& in_shape() const { return self.input_shapes_[node]; }
  const Shape& out_shape() const { return self.shapes_[node]; }
  Values<Number> input() const { return self.sum(inputs); }

  Values<Number> operator()(const Output&) const { return input(); }
  Values<Number> operator()(const Flatten&) const { return input(); }
  Values<Number> operator()(const Reshape&) const { return input(); }

  Values<Number> operator()(const Affine& op) const {
    ImageWindow point = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1};
    Values<Number> out = convolve(input(), weight(), point, op.weight.size(0),
                                  op.weight.size(1), 1);
    add_constant(out, bias(), steps);
    return out;
  }

  template <IsConvolution Conv>
  Values<Number> operator()(const Conv& op) const {
    Shape kernel(op.weight.shape().begin() + 2, op.weight.shape().end());
    ImageWindow window = image_window(in_shape(), out_shape(), kernel,
                                      op.stride, op.padding, op.dilation);
    Values<Number> out = convolve(input(), weight(), window, op.weight.size(0),
                                  op.weight.size(1), op.groups);
    add_constant(out, bias(), steps);
    return out;
  }

  Values<Number> operator()(const Scale&) const {
    Values<Number> out = input();
    size_t group = out.size() / weight().size();
    for (size_t i = 0; i < out.size(); ++i) out[i] *= weight()[i / group];
    add_constant(out, bias(), steps);
    return out;
  }

  Values<Number> operator()(const BatchNorm& op) const {
    Values<Number> out = input();
    std::vector<double> mean = op.mean.to_doubles();
    std::vector<double> variance = op.variance.to_doubles();
    size_t group = out.size() / mean.size();
    for (size_t i = 0; i < out.size(); ++i) {
      size_t c = i / group;
      double y = (static_cast<double>(out[i]) - mean[c]) /
                 std::sqrt(variance[c] + op.epsilon);
      if (!weight().empty()) y *= static_cast<double>(weight()[c]);
      if (!bias().empty()) y += static_cast<double>(bias()[c]);
      out[i] = static_cast<Number>(y);
    }
    return out;
  }

  template <IsActivation Kind>
  Values<Number> operator()(const Kind& op) const {
    Values<Number> out = input();
    for (Number& x : out) {
      x = static_cast<Number>(activation(op, static_cast<double>(x)));
    }
    return out;
  }

  Values<Number> operator()(const Qcfs& op) const {
    Values<Number> out = input();
    size_t group = out.size() / weight().size();
    double levels = static_cast<double>(op.levels);
    for (size_t i = 0; i < out.size(); ++i) {
      double theta = static_cast<double>(weight()[i / group]);
      double level =
          std::floor(static_cast<double>(out[i]) * levels / theta + 0.5);
      out[i] =
          static_cast<Number>(std::clamp(level, 0.0, levels) * theta / levels);
    }
    return out;
  }

  Values<Number> operator()(const SumPool& op) const {
    return summed(op.kernel, op.stride, op.padding);
  }

  Values<Number> summed(const Shape& kernel, const Shape& stride,
                        const Shape& padding) const {
    ImageWindow window = image_window(in_shape(), out_shape(), kernel, stride,
                                      padding, Shape(kernel.size(), 1));
    return pool(input(), window, in_shape()[0], Number{0},
                [](Number& sum, Number x) { sum += x; });
  }

  Values<Number> operator()(const MaxPool& op) const {
    ImageWindow window = image_window(in_shape(), out_shape(), op.kernel,
                                      op.stride, op.padding, op.dilation);
    return pool(input(), window, in_shape()[0],
                std::numeric_limits<Number>::lowest(),
                [](Number& best, Number x) { best = std::max(best, x); });
  }

  Values<Number> operator()(const AvgPool& op) const {
    Values<Number> out = summed(op.kernel, op.stride, op.padding);
    ImageWindow w = image_window(in_shape(), out_shape(), op.kernel, op.stride,
                                 op.padding, Shape(op.kernel.size(), 1));
    for (size_t i = 0; i < out.size(); ++i) {
      int64_t at = static_cast<int64_t>(i);
      int64_t y = at / w.out_width % w.out_height;
      int64_t x = at % w.out_width;
      int64_t cells = divisor(y, w.in_height, w.kernel_height, w.stride_height,
                              w.padding_height, op.count_include_pad) *
                      divisor(x, w.in_width, w.kernel_width, w.stride_width,
                              w.padding_width, op.count_include_pad);
      out[i] /= static_cast<Number>(cells);
    }
    return out;
  }

  Values<Number> operator()(const AdaptiveAvgPool& op) const {
    Values<Number> in = input();
    const Shape ones(op.output_size.size(), 1);
    auto w = image_window(in_shape(), out_shape(), ones, ones, ones, ones);
    int64_t in_h = w.in_height, in_w = w.in_width;
    int64_t out_h = w.out_height, out_w = w.out_width;
    Values<Number> out(static_cast<size_t>(element_count(out_shape())));
    for (size_t i = 0; i < out.size(); ++i) {
      int64_t at = static_cast<int64_t>(i);
      int64_t c = at / (out_h * out_w);
      int64_t y = at / out_w % out_h, x = at % out_w;
      int64_t y0 = y * in_h / out_h, y1 = ((y + 1) * in_h + out_h - 1) / out_h;
      int64_t x0 = x * in_w / out_w, x1 = ((x + 1) * in_w + out_w - 1) / out_w;
      for (int64_t row = y0; row < y1; ++row) {
        for (int64_t column = x0; column < x1; ++column) {
          out[i] += in[static_cast<size_t>((c * in_h + row) * in_w + column)];
        }
      }
      out[i] /= static_cast<Number>((y1 - y0) * (x1 - x0));
    }
    return out;
  }

  Values<Number> operator()(const Pad& op) const {
    Number value = static_cast<Number>(op.value) * steps;
    Values<Number> out(static_cast<size_t>(element_count(out_shape())), value);
    place(input(), in_shape(), out, out_shape(), op.before);
    return out;
  }

  Values<Number> operator()(const Permute& op) const {
    Shape source = strides_of(in_shape());
    Shape strides;
    for (int64_t axis : op.order) {
      strides.push_back(source[static_cast<size_t>(axis)]);
    }
    return gather(input(), out_shape(), strides, 0);
  }

  Values<Number> operator()(const Slice& op) const {
    Shape strides = strides_of(in_shape());
    int64_t& stride = strides[static_cast<size_t>(op.axis)];
    int64_t start = op.start * stride;
    stride *= op.step;
    return gather(input(), out_shape(), strides, start);
  }

  Values<Number> operator()(const Concat& op) const {
    Values<Number> out(static_cast<size_t>(element_count(out_shape())));
    Shape offset(out_shape().size(), 0);
    for (size_t i = 0; i < inputs.size(); ++i) {
      const Shape& shape = self.concat_shapes_[node][i];
      place(*inputs[i], shape, out, out_shape(), offset);
      offset[static_cast<size_t>(op.axis)] +=
          shape[static_cast<size_t>(op.axis)];
    }
    return out;
  }

  Values<Number> with_memory() const {
    assert(false && "an op with memory is run by its engine");
    return {};
  }
  Values<Number> operator()(const Input&) const { return with_memory(); }
  Values<Number> operator()(const If&) const { return with_memory(); }
  Values<Number> operator()(const Lif&) const { return with_memory(); }
  Values<Number> operator()(const Li&) const { return with_memory(); }
  Values<Number> operator()(const Delay&) const { return with_memory(); }
};

namespace {

// The tensors an op multiplies with and adds.
struct Parameters {
  Tensor weight;
  Tensor bias;
};

Parameters parameters(const Op& op) {
  return std::visit(Overload{
                        [](const Affine& o) {
                          return Parameters{o.weight, o.bias};
                        },
                        [](const Conv1d& o) {
                          return Parameters{o.weight, o.bias};
                        },
                        [](const Conv2d& o) {
                          return Parameters{o.weight, o.bias};
                        },
                        [](const Scale& o) {
                          return Parameters{o.weight, o.offset};
                        },
                        [](const BatchNorm& o) {
                          return Parameters{o.weight, o.bias};
                        },
                        [](const Qcfs& o) {
                          return Parameters{o.threshold, {}};
                        },
                        [](const auto&) { return Parameters{}; },
                    },
                    op);
}

}  // namespace

template <class Number>
Evaluator<Number>::Evaluator(const Graph& graph) : graph_(graph) {
  std::map<std::string, Shape> shapes = infer_shapes(graph);
  for (const Node& node : graph.nodes) {
    Parameters found = parameters(node.op);
    constants_.push_back(
        {numbers<Number>(found.weight), numbers<Number>(found.bias)});
    shapes_.push_back(shapes.at(node.name));
    std::vector<Shape> inputs;
    for (const std::string& input : node.inputs) {
      inputs.push_back(shapes.at(source_of(input)));
    }
    input_shapes_.push_back(inputs.empty() ? Shape{} : inputs.front());
    concat_shapes_.push_back(std::move(inputs));
  }
}

template <class Number>
Values<Number> Evaluator<Number>::sum(
    const std::vector<const Values<Number>*>& inputs) {
  Values<Number> total = *inputs.front();
  for (size_t i = 1; i < inputs.size(); ++i) {
    std::transform(total.begin(), total.end(), inputs[i]->begin(),
                   total.begin(), std::plus<>());
  }
  return total;
}

template <class Number>
Values<Number> Evaluator<Number>::evaluate(
    size_t node, const std::vector<const Values<Number>*>& inputs,
    Number steps) const {
  return std::visit(Visit<Number>{*this, node, inputs, steps},
                    graph_.nodes[node].op);
}

template class Evaluator<int64_t>;
template class Evaluator<double>;
template class Evaluator<float>;

}  // namespace nc
