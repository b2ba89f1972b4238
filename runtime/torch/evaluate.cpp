#include "runtime/torch/evaluate.h"

#include <cassert>

#include "ir/shapes.h"

namespace nc {

at::Tensor to_torch(const Tensor& tensor, const at::TensorOptions& options) {
  std::vector<double> values = tensor.to_doubles();
  at::Tensor view = at::from_blob(values.data(), tensor.shape(),
                                  at::TensorOptions(at::kDouble));
  return view.to(options, /*non_blocking=*/false, /*copy=*/true);
}

TorchEvaluator::TorchEvaluator(const Graph& graph, at::ScalarType dtype,
                               at::Device device)
    : graph_(graph), options_(at::TensorOptions().dtype(dtype).device(device)) {
  std::map<std::string, Shape> shapes = infer_shapes(graph);
  for (const Node& node : graph.nodes) shapes_.push_back(shapes.at(node.name));
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    constants_.push_back(constants_of(graph.nodes[i].op, i));
  }
}

at::Tensor TorchEvaluator::broadcastable(const Tensor& tensor,
                                         size_t node) const {
  if (tensor.empty()) return {};
  return aligned(to_torch(tensor, options_), node);
}

at::Tensor TorchEvaluator::aligned(const at::Tensor& values,
                                   size_t node) const {
  const Shape& shape = shapes_[node];
  if (values.sizes() == shape || values.sizes() == Shape{1}) return values;
  Shape sizes(shape.size(), 1);
  sizes[0] = shape[0];
  return values.reshape(sizes);
}

void TorchEvaluator::replace(size_t node, const at::Tensor& weight,
                             const at::Tensor& bias) {
  constants_[node] = {weight, bias};
}

TorchEvaluator::Constants TorchEvaluator::constants_of(const Op& op,
                                                       size_t node) const {
  return std::visit(
      Overload{
          [&](const Affine& o) -> Constants {
            return {to_torch(o.weight, options_), broadcastable(o.bias, node)};
          },
          [&]<IsConvolution Conv>(const Conv& o) -> Constants {
            return {to_torch(o.weight, options_), broadcastable(o.bias, node)};
          },
          [&](const Scale& o) -> Constants {
            return {broadcastable(o.weight, node),
                    broadcastable(o.offset, node)};
          },
          [&](const Qcfs& o) -> Constants {
            return {broadcastable(o.threshold, node), {}};
          },
          [](const auto&) -> Constants { return {}; },
      },
      op);
}

void TorchEvaluator::use_channels_last() {
  for (Constants& each : constants_) {
    if (!each.weight.defined() || each.weight.dim() != 4) continue;
    each.weight = each.weight.contiguous(at::MemoryFormat::ChannelsLast);
  }
}

at::Tensor TorchEvaluator::sum(const std::vector<at::Tensor>& inputs) {
  at::Tensor total = inputs.front();
  for (size_t i = 1; i < inputs.size(); ++i) total = total + inputs[i];
  return total;
}

struct TorchVisit {
  const TorchEvaluator& self;
  size_t node;
  const std::vector<at::Tensor>& inputs;
  double steps;

  at::Tensor input() const { return TorchEvaluator::sum(inputs); }
  const at::Tensor& weight() const { return self.constants_[node].weight; }

  at::Tensor with_bias(at::Tensor y) const {
    const at::Tensor& bias = self.constants_[node].bias;
    return bias.defined() ? y.add_(bias, steps) : y;
  }

  at::Tensor operator()(const Output&) const { return input(); }
  at::Tensor operator()(const Flatten&) const { return input().flatten(1); }

  at::Tensor operator()(const Affine&) const {
    return with_bias(at::matmul(input(), weight().t()));
  }
  at::Tensor operator()(const Conv1d& op) const {
    return with_bias(at::conv1d(input(), weight(), {}, op.stride, op.padding,
                                op.dilation, op.groups));
  }
  at::Tensor operator()(const Conv2d& op) const {
    const at::Tensor& bias = self.constants_[node].bias;
    at::Tensor inside = goes_inside(bias) ? bias.flatten() : at::Tensor();
    at::Tensor y = at::conv2d(input(), weight(), inside, op.stride, op.padding,
                              op.dilation, op.groups);
    return inside.defined() ? y : with_bias(y);
  }
  // A bias per channel in bf16, which LibTorch adds to few channels slowly.
  bool goes_inside(const at::Tensor& bias) const {
    return bias.defined() && bias.scalar_type() == at::kBFloat16 &&
           steps == 1 && bias.numel() == weight().size(0);
  }
  at::Tensor operator()(const Scale&) const {
    return with_bias(input() * weight());
  }
  at::Tensor operator()(const BatchNorm& op) const {
    auto statistic = [&](const Tensor& values) {
      return values.empty() ? at::Tensor() : to_torch(values, self.options());
    };
    return at::batch_norm(input(), statistic(op.weight), statistic(op.bias),
                          statistic(op.mean), statistic(op.variance),
                          /*training=*/false, /*momentum=*/0, op.epsilon,
                          /*cudnn_enabled=*/false);
  }

  at::Tensor operator()(const Relu&) const { return at::relu(input()); }
  at::Tensor operator()(const Clip& op) const {
    return at::clamp(input(), op.low, op.high);
  }
  at::Tensor operator()(const LeakyRelu& op) const {
    return at::leaky_relu(input(), op.slope);
  }
  at::Tensor operator()(const Silu&) const {
    at::Tensor x = input();
    return x * at::sigmoid(x);
  }
  at::Tensor operator()(const Gelu& op) const {
    return at::gelu(input(), op.tanh ? "tanh" : "none");
  }
  at::Tensor operator()(const Sigmoid&) const { return at::sigmoid(input()); }
  at::Tensor operator()(const Tanh&) const { return at::tanh(input()); }
  at::Tensor operator()(const Qcfs& op) const {
    double levels = static_cast<double>(op.levels);
    at::Tensor level = (input() * levels / weight() + 0.5).floor_();
    return level.clamp_(0, levels).mul_(weight() / levels);
  }

  // A signal is pooled as an image of height 1.
  template <class Pool2d>
  at::Tensor pooled(size_t rank, Pool2d pool) const {
    if (rank == 2) return pool(input());
    return pool(input().unsqueeze(2)).squeeze(2);
  }
  static Shape two(const Shape& list, int64_t missing) {
    return list.size() == 2 ? list : Shape{missing, list[0]};
  }
  template <class Pool>
  at::Tensor averaged(const Pool& op, bool count_padding,
                      c10::optional<int64_t> divisor) const {
    return pooled(op.kernel.size(), [&](const at::Tensor& x) {
      return at::avg_pool2d(x, two(op.kernel, 1), two(op.stride, 1),
                            two(op.padding, 0), op.ceil_mode, count_padding,
                            divisor);
    });
  }
  at::Tensor operator()(const AvgPool& op) const {
    return averaged(op, op.count_include_pad, c10::nullopt);
  }
  at::Tensor operator()(const SumPool& op) const {
    return averaged(op, true, 1);
  }
  at::Tensor operator()(const MaxPool& op) const {
    return pooled(op.kernel.size(), [&](const at::Tensor& x) {
      return at::max_pool2d(x, two(op.kernel, 1), two(op.stride, 1),
                            two(op.padding, 0), two(op.dilation, 1),
                            op.ceil_mode);
    });
  }
  at::Tensor operator()(const AdaptiveAvgPool& op) const {
    return pooled(op.output_size.size(), [&](const at::Tensor& x) {
      return at::adaptive_avg_pool2d(x, two(op.output_size, 1));
    });
  }

  at::Tensor operator()(const Pad& op) const {
    Shape last_axis_first;
    for (size_t axis = op.before.size(); axis-- > 0;) {
      last_axis_first.push_back(op.before[axis]);
      last_axis_first.push_back(op.after[axis]);
    }
    return at::constant_pad_nd(input(), last_axis_first, op.value * steps);
  }
  at::Tensor operator()(const Reshape& op) const {
    at::Tensor x = input();
    Shape shape = op.shape;
    shape.insert(shape.begin(), x.size(0));
    return x.reshape(shape);
  }
  at::Tensor operator()(const Permute& op) const {
    Shape order = {0};
    for (int64_t axis : op.order) order.push_back(axis + 1);
    return input().permute(order);
  }
  at::Tensor operator()(const Slice& op) const {
    return input().slice(op.axis + 1, op.start, op.stop, op.step);
  }
  at::Tensor operator()(const Concat& op) const {
    return at::cat(inputs, op.axis + 1);
  }

  at::Tensor with_memory() const {
    assert(false && "an op with memory is run by its engine");
    return {};
  }
  at::Tensor operator()(const Input&) const { return with_memory(); }
  at::Tensor operator()(const If&) const { return with_memory(); }
  at::Tensor operator()(const Lif&) const { return with_memory(); }
  at::Tensor operator()(const Li&) const { return with_memory(); }
  at::Tensor operator()(const Delay&) const { return with_memory(); }
};

at::Tensor TorchEvaluator::evaluate(size_t node,
                                    const std::vector<at::Tensor>& inputs,
                                    double steps) const {
  return std::visit(TorchVisit{*this, node, inputs, steps},
                    graph_.nodes[node].op);
}

}  // namespace nc
