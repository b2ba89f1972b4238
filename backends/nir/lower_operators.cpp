#include <algorithm>

#include "backends/nir/border.h"
#include "backends/nir/lowering.h"
#include "backends/nir/neurons.h"
#include "backends/nir/survey.h"
#include "ir/error.h"
#include "ir/shapes.h"

namespace nc::nir {
namespace {

// One factor for each channel.
std::vector<double> per_channel(const Tensor& tensor, const Shape& shape) {
  std::vector<double> all = per_neuron(tensor, shape);
  auto channels = static_cast<size_t>(shape.at(0));
  size_t group = all.size() / channels;
  std::vector<double> found;
  for (size_t c = 0; c < channels; ++c) found.push_back(all[c * group]);
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i] == found[i / group]) continue;
    throw Error("NIR's weights have one factor for a channel, found " +
                to_string(tensor.shape()));
  }
  return found;
}

std::vector<double> doubles(const Tensor& tensor) {
  return tensor.empty() ? std::vector<double>{} : tensor.to_doubles();
}

std::vector<Axis> whole_axes(const Shape& in) {
  Shape ones(in.size() - 1, 1);
  return axes_of(in, in, ones, ones, Shape(in.size() - 1, 0), ones);
}

}  // namespace

Sources Lowering::operator()(const Input& op) {
  Primitive made{"Input", {}, op.shape};
  made.fields.set("shape", op.shape);
  return emit(std::move(made), {});
}

Sources Lowering::operator()(const Output&) {
  Sources sources = inputs();
  if (sources.size() != 1 || reads_step_before(*node_)) {
    sources = pass("sum");
  }
  Primitive made{"Output", {}, in()};
  made.fields.set("shape", in());
  return {builder_.add({"output", "", std::move(made), {}, node_}, sources)};
}

Sources Lowering::operator()(const Affine& op) {
  return emit(
      affine({op.weight.shape(), op.weight.to_doubles()}, doubles(op.bias)),
      inputs());
}

template <IsConvolution Conv>
Sources Lowering::convolve(const Conv& op) {
  Shape kernel(op.weight.shape().begin() + 2, op.weight.shape().end());
  std::vector<Axis> axes =
      axes_of(in(), out(), kernel, op.stride, op.padding, op.dilation);
  Kernel taps{{op.weight.shape(), op.weight.to_doubles()}, op.groups, {}};
  bool by_position = op.bias.shape().size() > 1;
  if (!by_position) taps.bias = doubles(op.bias);
  Sources made = emit(convolution(in(), taps, axes), inputs());
  if (by_position) made.push_back(add_border_bias(op.bias, axes));
  return made;
}

Sources Lowering::operator()(const Conv1d& op) { return convolve(op); }

Sources Lowering::operator()(const Conv2d& op) { return convolve(op); }

Sources Lowering::operator()(const Scale& op) {
  std::vector<double> offset;
  if (!op.offset.empty()) offset = per_channel(op.offset, in());
  return emit(diagonal(in(), per_channel(op.weight, in()), offset), inputs());
}

Sources Lowering::operator()(const SumPool& op) {
  Shape ones(op.kernel.size(), 1);
  std::vector<Axis> axes =
      axes_of(in(), out(), op.kernel, op.stride, op.padding, ones);
  bool plain =
      axes.size() == 2 &&
      std::all_of(axes.begin(), axes.end(), [](const Axis& a) {
        return a.begin == 0 && (a.count - 1) * a.stride + a.taps <= a.size;
      });
  if (!plain) {
    auto same = [](int64_t c) { return c; };
    return emit(gathered(in(), out()[0], same, axes), inputs());
  }
  Primitive made{"SumPool2d", {}, out()};
  made.fields.set("kernel_size", op.kernel);
  made.fields.set("stride", op.stride);
  made.fields.set("padding", op.padding);
  return emit(std::move(made), inputs());
}

Sources Lowering::operator()(const Pad& op) {
  if (op.value != 0) throw Error("NIR pads with zeros only");
  std::vector<Axis> axes = whole_axes(in());
  for (size_t i = 0; i < axes.size(); ++i) {
    axes[i].begin = -op.before[i + 1];
    axes[i].count = out()[i + 1];
  }
  int64_t before = op.before[0];
  int64_t channels = in()[0];
  auto source = [=](int64_t c) {
    return c >= before && c < before + channels ? c - before : -1;
  };
  return emit(gathered(in(), out()[0], source, axes), inputs());
}

Sources Lowering::operator()(const Slice& op) {
  std::vector<Axis> axes = whole_axes(in());
  bool of_channels = op.axis == 0;
  if (!of_channels) {
    Axis& axis = axes.at(static_cast<size_t>(op.axis) - 1);
    axis.begin = op.start;
    axis.stride = op.step;
    axis.count = out()[static_cast<size_t>(op.axis)];
  }
  auto source = [&](int64_t c) {
    return of_channels ? op.start + c * op.step : c;
  };
  return emit(gathered(in(), out()[0], source, axes), inputs());
}

Sources Lowering::operator()(const Concat& op) {
  Sources parts;
  int64_t offset = 0;
  for (const std::string& input : node_->inputs) {
    const Shape& part = shapes_.at(source_of(input));
    Primitive placed = placed_part(part, static_cast<size_t>(op.axis), offset);
    offset += part[static_cast<size_t>(op.axis)];
    parts.push_back(add_part(std::move(placed), input));
  }
  return parts;
}

Sources Lowering::operator()(const Flatten&) { return to_one_axis(); }

Sources Lowering::operator()(const Reshape& op) {
  if (op.shape == in()) return pass("copy");
  if (op.shape.size() == 1) return to_one_axis();
  throw Error("NIR has no reshape, only flatten");
}

Sources Lowering::operator()(const Permute& op) {
  if (std::is_sorted(op.order.begin(), op.order.end())) return pass("copy");
  auto all = readers(graph_);
  for (size_t reader : all.at(index_of(graph_, node_->name))) {
    const Op& next = graph_.nodes[reader].op;
    bool flattens = std::holds_alternative<nc::Flatten>(next) ||
                    (std::holds_alternative<Reshape>(next) &&
                     shapes_.at(graph_.nodes[reader].name).size() == 1);
    if (!flattens) {
      throw Error("NIR has no permute, and no flatten follows");
    }
  }
  return pass("copy");
}

Sources Lowering::operator()(const Delay& op) {
  if (profile_ != Profile::generic && profile_ != Profile::exact) {
    throw Error("a delay is written by the profiles generic and exact only");
  }
  Primitive made{"Delay", {}, out()};
  made.fields.set("delay", Array{out(), per_neuron(op.steps, out())});
  return emit(std::move(made), inputs());
}

Sources Lowering::fire() {
  NeuronForm form{profile_, integers_, saturating_.contains(node_->name)};
  AddedNeuron added = add_neuron(builder_, *node_, out(), inputs(), form);
  remember_feedback(added.entry);
  return added.value;
}

Primitive Lowering::placed_part(const Shape& part, size_t axis,
                                int64_t offset) const {
  std::vector<Axis> axes = whole_axes(part);
  if (axis > 0) {
    axes.at(axis - 1).begin = -offset;
    axes.at(axis - 1).count = out()[axis];
  }
  auto source = [&](int64_t c) {
    if (axis > 0) return c;
    return c >= offset && c < offset + part[0] ? c - offset : -1;
  };
  return gathered(part, out()[0], source, axes);
}

size_t Lowering::add_part(Primitive placed, const std::string& input) {
  if (!is_feedback(input)) return add(std::move(placed), values_.at(input));
  size_t added = add(std::move(placed), {});
  feedback_.emplace_back(source_of(input), added);
  return added;
}

// A channel of ones, and what the border leaves of it.
size_t Lowering::add_border_bias(const Tensor& bias,
                                 const std::vector<Axis>& axes) {
  Shape weight(in().size() + 1, 1);
  weight[1] = in()[0];
  Kernel none{filled(weight, 0), 1, {1}};
  size_t ones =
      add(convolution(in(), none, whole_axes(in())), inputs(), "bias", "_ones");
  Kernel kernel = border_kernel({bias.shape(), bias.to_doubles()}, axes);
  Shape one = in();
  one[0] = 1;
  return add(convolution(one, kernel, axes), {ones}, "bias", "_bias");
}

// Where an input was permuted, its elements are put into order behind the
// flattening.
Sources Lowering::to_one_axis() {
  Sources plain;
  Sources all;
  for (const std::string& input : node_->inputs) {
    const auto* permute = std::get_if<Permute>(&graph_.at(source_of(input)).op);
    bool sorted = !permute ||
                  std::is_sorted(permute->order.begin(), permute->order.end());
    if (sorted && !is_feedback(input)) {
      const Sources& more = values_.at(input);
      plain.insert(plain.end(), more.begin(), more.end());
    } else if (!sorted) {
      all.push_back(add_permuted(*permute, input));
    }
  }
  bool is_flat = in().size() == 1;
  if (is_flat && reads_step_before(*node_)) return pass("copy");
  if (is_flat) return plain;
  if (!plain.empty() || reads_step_before(*node_)) {
    all.push_back(emit(nir::flatten(in()), plain).front());
  }
  return all;
}

size_t Lowering::add_permuted(const Permute& permute,
                              const std::string& input) {
  if (is_feedback(input)) throw Error("NIR has no permute");
  const Shape& after = shapes_.at(input);
  Shape before(after.size());
  for (size_t i = 0; i < after.size(); ++i) {
    before[static_cast<size_t>(permute.order[i])] = after[i];
  }
  size_t flat =
      add(nir::flatten(before), values_.at(input), "flatten", "_flatten");
  return add(permutation(before, permute.order), {flat});
}

}  // namespace nc::nir
