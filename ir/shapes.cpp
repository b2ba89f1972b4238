#include "ir/shapes.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "ir/error.h"

namespace nc {
namespace {

void require_rank(const Shape& shape, size_t rank) {
  if (shape.size() == rank) return;
  throw Error("expected an input of rank " + std::to_string(rank) +
              ", found shape " + to_string(shape));
}

void require_size(const char* what, int64_t expected, int64_t found) {
  if (expected == found) return;
  throw Error(std::string("expected ") + what + " " + std::to_string(expected) +
              ", found " + std::to_string(found));
}

void require_small(const char* field, int64_t value) {
  if (value <= kMaxElements) return;
  throw Error(std::string("expected ") + field + " of at most 2^31, found " +
              std::to_string(value));
}

// Every entry from `least` to the size of the largest tensor: sums and products
// of two stay within 64 bits.
void require_list(const char* field, const Shape& list, size_t count,
                  int64_t least) {
  require_size(
      (std::string("as many entries in ") + field + " as axes,").c_str(),
      static_cast<int64_t>(count), static_cast<int64_t>(list.size()));
  for (int64_t value : list) {
    if (value >= least) continue;
    throw Error(std::string("expected ") + field + " of at least " +
                std::to_string(least) + ", found " + to_string(list));
  }
  for (int64_t value : list) require_small(field, value);
}

void require_bias(const Tensor& bias, const Shape& output) {
  if (bias.empty() || bias.shape() == Shape{output[0]}) return;
  if (bias.shape() == output) return;
  throw Error("expected a bias of shape [" + std::to_string(output[0]) +
              "] or " + to_string(output) + ", found " +
              to_string(bias.shape()));
}

int64_t axis_of(int64_t axis, const Shape& shape) {
  if (axis >= 0 && axis < static_cast<int64_t>(shape.size())) return axis;
  throw Error("axis " + std::to_string(axis) + " is not one of shape " +
              to_string(shape));
}

template <IsConvolution Conv>
Shape convolved(const Conv& conv, const Shape& input) {
  constexpr size_t kSpatial = std::is_same_v<Conv, Conv1d> ? 1 : 2;
  require_rank(input, kSpatial + 1);
  require_rank(conv.weight.shape(), kSpatial + 2);
  require_list("stride", conv.stride, kSpatial, 1);
  require_list("padding", conv.padding, kSpatial, 0);
  require_list("dilation", conv.dilation, kSpatial, 1);
  require_small("groups", conv.groups);
  if (conv.groups < 1 || input[0] % conv.groups != 0 ||
      conv.weight.size(0) % conv.groups != 0) {
    throw Error("groups=" + std::to_string(conv.groups) + " does not divide " +
                std::to_string(input[0]) + " input and " +
                std::to_string(conv.weight.size(0)) + " output channels");
  }
  require_size("input channels", conv.weight.size(1) * conv.groups, input[0]);
  Shape output = {conv.weight.size(0)};
  for (size_t i = 0; i < kSpatial; ++i) {
    output.push_back(window_count(input[i + 1], conv.weight.size(i + 2),
                                  conv.stride[i], conv.padding[i],
                                  conv.dilation[i], false));
  }
  require_bias(conv.bias, output);
  return output;
}

// The IR knows signals and images.
void require_spatial(size_t axes) {
  if (axes == 1 || axes == 2) return;
  throw Error("expected a window of 1 or 2 axes, found " +
              std::to_string(axes));
}

// A dilated window at the border may meet padding alone: it has no largest
// value. Those that begin inside do not.
void require_values(int64_t size, int64_t kernel, int64_t stride,
                    int64_t padding, int64_t dilation) {
  for (int64_t start = -padding; start < 0; start += stride) {
    int64_t taps = (-start + dilation - 1) / dilation;  // before the first cell
    if (taps < kernel && start + taps * dilation < size) continue;
    throw Error("expected windows that meet a value, found one at " +
                std::to_string(start) + " of dilation " +
                std::to_string(dilation) + " that meets padding alone");
  }
}

template <class Pool>
Shape pooled(const Pool& pool, const Shape& input, const Shape& dilation) {
  size_t spatial = pool.kernel.size();
  require_spatial(spatial);
  require_rank(input, spatial + 1);
  require_list("kernel", pool.kernel, spatial, 1);
  require_list("stride", pool.stride, spatial, 1);
  require_list("padding", pool.padding, spatial, 0);
  require_list("dilation", dilation, spatial, 1);
  Shape output = {input[0]};
  for (size_t i = 0; i < spatial; ++i) {
    if (pool.padding[i] * 2 > pool.kernel[i]) {
      throw Error("expected padding of at most half the kernel, found " +
                  to_string(pool.padding) + " for " + to_string(pool.kernel));
    }
    output.push_back(window_count(input[i + 1], pool.kernel[i], pool.stride[i],
                                  pool.padding[i], dilation[i],
                                  pool.ceil_mode));
  }
  return output;
}

Shape same_shape(const Tensor& tensor, const Shape& shape) {
  group_size(tensor, shape);
  return shape;
}

Shape shape_after(const Input& op, const Shape&) { return op.shape; }
Shape shape_after(const Output&, const Shape& in) { return in; }

Shape shape_after(const Affine& op, const Shape& in) {
  require_rank(in, 1);
  require_rank(op.weight.shape(), 2);
  require_size("input features", op.weight.size(1), in[0]);
  require_bias(op.bias, {op.weight.size(0)});
  return {op.weight.size(0)};
}

Shape shape_after(const Conv1d& op, const Shape& in) {
  return convolved(op, in);
}
Shape shape_after(const Conv2d& op, const Shape& in) {
  return convolved(op, in);
}

Shape shape_after(const Scale& op, const Shape& in) {
  if (!op.offset.empty()) same_shape(op.offset, in);
  return same_shape(op.weight, in);
}

Shape shape_after(const BatchNorm& op, const Shape& in) {
  if (in.empty()) throw Error("batch_norm needs a channel axis");
  for (const Tensor* each : {&op.weight, &op.bias, &op.mean, &op.variance}) {
    if (each->empty()) continue;
    require_rank(each->shape(), 1);
    require_size("channels", each->size(0), in[0]);
  }
  return in;
}

Shape shape_after(const Relu&, const Shape& in) { return in; }
Shape shape_after(const Clip&, const Shape& in) { return in; }
Shape shape_after(const LeakyRelu&, const Shape& in) { return in; }
Shape shape_after(const Silu&, const Shape& in) { return in; }
Shape shape_after(const Gelu&, const Shape& in) { return in; }
Shape shape_after(const Sigmoid&, const Shape& in) { return in; }
Shape shape_after(const Tanh&, const Shape& in) { return in; }
Shape shape_after(const Qcfs& op, const Shape& in) {
  return same_shape(op.threshold, in);
}

Shape shape_after(const AvgPool& op, const Shape& in) {
  return pooled(op, in, Shape(op.kernel.size(), 1));
}
Shape shape_after(const SumPool& op, const Shape& in) {
  return pooled(op, in, Shape(op.kernel.size(), 1));
}
Shape shape_after(const MaxPool& op, const Shape& in) {
  Shape out = pooled(op, in, op.dilation);
  for (size_t i = 0; i < op.kernel.size(); ++i) {
    require_values(in[i + 1], op.kernel[i], op.stride[i], op.padding[i],
                   op.dilation[i]);
  }
  return out;
}

Shape shape_after(const AdaptiveAvgPool& op, const Shape& in) {
  require_spatial(op.output_size.size());
  require_rank(in, op.output_size.size() + 1);
  require_list("output_size", op.output_size, op.output_size.size(), 1);
  Shape output = op.output_size;
  output.insert(output.begin(), in[0]);
  return output;
}

Shape shape_after(const Pad& op, const Shape& in) {
  require_list("before", op.before, in.size(), 0);
  require_list("after", op.after, in.size(), 0);
  Shape output = in;
  for (size_t i = 0; i < in.size(); ++i)
    output[i] += op.before[i] + op.after[i];
  return output;
}

Shape shape_after(const Flatten&, const Shape& in) {
  return {element_count(in)};
}

Shape shape_after(const Reshape& op, const Shape& in) {
  require_size("elements", element_count(op.shape), element_count(in));
  return op.shape;
}

Shape shape_after(const Permute& op, const Shape& in) {
  require_rank(in, op.order.size());
  Shape seen = op.order;
  std::sort(seen.begin(), seen.end());
  for (size_t i = 0; i < seen.size(); ++i) {
    if (seen[i] == static_cast<int64_t>(i)) continue;
    throw Error("order " + to_string(op.order) + " is no permutation");
  }
  Shape output;
  for (int64_t axis : op.order) {
    output.push_back(in[static_cast<size_t>(axis)]);
  }
  return output;
}

Shape shape_after(const Slice& op, const Shape& in) {
  size_t axis = static_cast<size_t>(axis_of(op.axis, in));
  if (op.start < 0 || op.step < 1 || op.stop <= op.start ||
      op.stop > in[axis]) {
    throw Error("slice " + std::to_string(op.start) + ":" +
                std::to_string(op.stop) + ":" + std::to_string(op.step) +
                " does not fit an axis of size " + std::to_string(in[axis]));
  }
  require_small("step", op.step);
  Shape output = in;
  output[axis] = (op.stop - op.start + op.step - 1) / op.step;
  return output;
}

Shape shape_after(const Concat& op, const std::vector<Shape>& inputs) {
  Shape output = inputs.front();
  size_t axis = static_cast<size_t>(axis_of(op.axis, output));
  output[axis] = 0;
  for (Shape each : inputs) {
    require_rank(each, output.size());
    output[axis] += each[axis];
    each[axis] = output[axis];
    if (each == output) continue;
    throw Error("concat along axis " + std::to_string(op.axis) + ": shapes " +
                to_string(inputs.front()) + " and " + to_string(each) +
                " differ elsewhere");
  }
  return output;
}

template <IsNeuron Kind>
Shape shape_after(const Kind& op, const Shape& in) {
  if constexpr (std::is_same_v<Kind, Lif>) same_shape(op.decay, in);
  return same_shape(op.threshold, in);
}

Shape shape_after(const Li& op, const Shape& in) {
  return same_shape(op.decay, in);
}

Shape shape_after(const Delay& op, const Shape& in) {
  return same_shape(op.steps, in);
}

}  // namespace

int64_t window_count(int64_t size, int64_t kernel, int64_t stride,
                     int64_t padding, int64_t dilation, bool ceil_mode) {
  int64_t room = size + 2 * padding - dilation * (kernel - 1) - 1;
  if (room < 0) {
    throw Error("a window of " + std::to_string(kernel) +
                " does not fit an axis of size " + std::to_string(size) +
                " with padding " + std::to_string(padding));
  }
  int64_t count = (room + (ceil_mode ? stride - 1 : 0)) / stride + 1;
  // With ceil_mode the last window must start inside the input or its left
  // padding, as in PyTorch.
  if (ceil_mode && (count - 1) * stride >= size + padding) --count;
  return count;
}

int64_t group_size(const Tensor& tensor, const Shape& shape) {
  int64_t count = element_count(shape);
  if (tensor.shape() == Shape{1}) return std::max<int64_t>(count, 1);
  if (!shape.empty() && tensor.shape() == Shape{shape[0]} && shape[0] > 0) {
    return count / shape[0];
  }
  if (tensor.shape() == shape) return 1;
  throw Error("expected a parameter of shape [1], " +
              (shape.empty() ? "" : "[" + std::to_string(shape[0]) + "] or ") +
              to_string(shape) + ", found " + to_string(tensor.shape()));
}

Shape output_shape(const Op& op, const std::vector<Shape>& inputs) {
  if (const auto* concat = std::get_if<Concat>(&op)) {
    if (inputs.empty()) throw Error("expected inputs, found none");
    Shape output = shape_after(*concat, inputs);
    element_count(output);
    return output;
  }
  for (const Shape& each : inputs) {
    if (each == inputs.front()) continue;
    throw Error("cannot sum inputs of shapes " + to_string(inputs.front()) +
                " and " + to_string(each));
  }
  Shape input = inputs.empty() ? Shape{} : inputs.front();
  Shape output = std::visit(
      [&](const auto& each) -> Shape {
        if constexpr (std::is_same_v<std::decay_t<decltype(each)>, Concat>) {
          return {};  // dealt with above
        } else {
          return shape_after(each, input);
        }
      },
      op);
  element_count(output);  // throws where no tensor could be so large
  return output;
}

namespace {

// Shapes found so far of what a node reads. A sum is as wide as any of its
// inputs, so that the first known one will do for a loop to get started.
std::vector<Shape> known_inputs(const Node& node,
                                const std::map<std::string, Shape>& shapes) {
  std::vector<Shape> inputs;
  for (const std::string& input : node.inputs) {
    auto found = shapes.find(source_of(input));
    if (found != shapes.end()) inputs.push_back(found->second);
  }
  return inputs;
}

bool can_start(const Node& node, size_t known) {
  if (std::holds_alternative<Concat>(node.op)) {
    return known == node.inputs.size() && known > 0;
  }
  return known > 0 || node.inputs.empty();
}

}  // namespace

std::map<std::string, Shape> infer_shapes(const Graph& graph,
                                          const ShapeProblem& report) {
  std::map<std::string, Shape> shapes;
  std::set<std::string> told;
  auto visit = [&](const Node& node) {
    std::vector<Shape> inputs = known_inputs(node, shapes);
    if (told.contains(node.name) || !can_start(node, inputs.size())) return;
    try {
      shapes[node.name] = output_shape(node.op, inputs);
    } catch (const Error& error) {
      told.insert(node.name);
      shapes.erase(node.name);
      report(node, error.what());
    }
  };
  // Once around for every feedback edge that a shape has to come through.
  size_t before = 0;
  do {
    before = shapes.size();
    for (const Node& node : graph.nodes) {
      if (!shapes.contains(node.name)) visit(node);
    }
  } while (shapes.size() > before);
  for (const Node& node : graph.nodes) {
    bool complete = known_inputs(node, shapes).size() == node.inputs.size();
    if (complete) visit(node);  // now that all of its inputs are known
    if (complete || told.contains(node.name) || !told.empty()) continue;
    report(node, "its shape does not follow from what it reads");
  }
  return shapes;
}

std::map<std::string, Shape> infer_shapes(const Graph& graph) {
  std::map<std::string, Shape> shapes =
      infer_shapes(graph, [](const Node& node, const std::string& what) {
        throw Error("node '" + node.name + "': " + what);
      });
  return shapes;
}

}  // namespace nc
