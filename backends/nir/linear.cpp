#include "backends/nir/linear.h"

#include <algorithm>

#include "ir/error.h"

namespace nc::nir {
namespace {

void require_size(const Shape& shape) {
  double count = 1;
  for (int64_t size : shape) count *= static_cast<double>(size);
  if (count <= static_cast<double>(kMaxArray)) return;
  throw Error("as a dense array " + to_string(shape) +
              " it has more than 2^26 elements");
}

Array zeros(const Shape& shape) {
  require_size(shape);
  return filled(shape, 0);
}

std::vector<double> or_zeros(std::vector<double> bias, int64_t count) {
  if (bias.empty()) bias.resize(static_cast<size_t>(count));
  return bias;
}

template <class Get>
std::vector<int64_t> per_axis(const std::vector<Axis>& axes, const Get& get) {
  std::vector<int64_t> list;
  for (const Axis& axis : axes) list.push_back(get(axis));
  return list;
}

// Conv1d has numbers where Conv2d has pairs.
void set_sizes(Group& fields, const std::string& name,
               const std::vector<int64_t>& sizes) {
  if (sizes.size() == 1) {
    fields.set(name, sizes[0]);
  } else {
    fields.set(name, sizes);
  }
}

SquareWindow require_window(const std::vector<Axis>& axes) {
  if (auto window = square_window(axes)) return *window;
  throw Error(
      "no square kernel with equal padding on both sides has the same "
      "windows");
}

// Positions of a kernel's taps: index(a, b) in the flattened square kernel.
int64_t tap_index(const SquareWindow& window, const std::vector<Axis>& axes,
                  int64_t tap) {
  int64_t index = 0;
  int64_t step = 1;
  for (size_t axis = axes.size(); axis-- > 0;) {
    int64_t at = tap % axes[axis].taps + window.offset[axis];
    tap /= axes[axis].taps;
    index += at * step;
    step *= window.kernel;
  }
  return index;
}

Shape dense_shape(int64_t out, int64_t in, const SquareWindow& window,
                  size_t axes) {
  Shape shape = {out, in};
  shape.insert(shape.end(), axes, window.kernel);
  return shape;
}

int64_t product(const Shape& shape, size_t first) {
  int64_t count = 1;
  for (size_t i = first; i < shape.size(); ++i) count *= shape[i];
  return count;
}

Primitive conv_primitive(const Shape& in, Array weight,
                         std::vector<double> bias,
                         const std::vector<Axis>& axes, Shape padding) {
  int64_t out = weight.shape[0];
  Primitive made{axes.size() == 1 ? "Conv1d" : "Conv2d", {}, {out}};
  for (const Axis& axis : axes) made.output.push_back(axis.count);
  set_sizes(made.fields, "input_shape", Shape(in.begin() + 1, in.end()));
  made.fields.set("weight", std::move(weight));
  set_sizes(made.fields, "stride",
            per_axis(axes, [](const Axis& a) { return a.stride; }));
  set_sizes(made.fields, "padding", padding);
  set_sizes(made.fields, "dilation",
            per_axis(axes, [](const Axis& a) { return a.dilation; }));
  made.fields.set("groups", int64_t{1});
  made.fields.set("bias", Array{{out}, or_zeros(std::move(bias), out)});
  return made;
}

void require_axes(const Shape& in, size_t axes) {
  if (in.size() == axes + 1 && (axes == 1 || axes == 2)) return;
  throw Error("NIR has no weights for values of shape " + to_string(in));
}

std::vector<Axis> points(const Shape& in) {
  std::vector<Axis> axes;
  for (size_t i = 1; i < in.size(); ++i) {
    axes.push_back({.size = in[i], .count = in[i]});
  }
  return axes;
}

}  // namespace

Array filled(const Shape& shape, double value) {
  return {shape, std::vector<double>(static_cast<size_t>(element_count(shape)),
                                     value)};
}

Primitive affine(Array weight, std::vector<double> bias) {
  int64_t out = weight.shape.at(0);
  Primitive made{"Affine", {}, {out}};
  made.fields.set("weight", std::move(weight));
  made.fields.set("bias", Array{{out}, or_zeros(std::move(bias), out)});
  return made;
}

Primitive diagonal(const Shape& in, const std::vector<double>& factor,
                   std::vector<double> offset) {
  auto channels = static_cast<size_t>(in.at(0));
  Shape shape = {in[0], in[0]};
  if (in.size() > 1) shape.insert(shape.end(), in.size() - 1, 1);
  Array weight = zeros(shape);
  for (size_t c = 0; c < channels; ++c) {
    weight.values[c * channels + c] = factor.at(c);
  }
  if (in.size() == 1) return affine(std::move(weight), std::move(offset));
  require_axes(in, in.size() - 1);
  return conv_primitive(in, std::move(weight), std::move(offset), points(in),
                        Shape(in.size() - 1, 0));
}

Primitive convolution(const Shape& in, const Kernel& kernel,
                      const std::vector<Axis>& axes) {
  require_axes(in, axes.size());
  SquareWindow window = require_window(axes);
  int64_t out = kernel.weight.shape[0];
  int64_t per_group = kernel.weight.shape[1];
  int64_t taps = product(kernel.weight.shape, 2);
  Array dense = zeros(dense_shape(out, in[0], window, axes.size()));
  int64_t dense_taps = product(dense.shape, 2);
  for (int64_t o = 0; o < out; ++o) {
    int64_t first = o / (out / kernel.groups) * per_group;
    for (int64_t i = 0; i < per_group; ++i) {
      int64_t from = (o * per_group + i) * taps;
      int64_t to = (o * in[0] + first + i) * dense_taps;
      for (int64_t tap = 0; tap < taps; ++tap) {
        dense.values[static_cast<size_t>(to + tap_index(window, axes, tap))] =
            kernel.weight.values[static_cast<size_t>(from + tap)];
      }
    }
  }
  return conv_primitive(in, std::move(dense), kernel.bias, axes,
                        window.padding);
}

Primitive gathered(const Shape& in, int64_t out_channels,
                   const std::function<int64_t(int64_t)>& source,
                   const std::vector<Axis>& axes) {
  Kernel kernel;
  Shape shape = {out_channels, in.at(0)};
  for (const Axis& axis : axes) shape.push_back(axis.taps);
  kernel.weight = zeros(shape);
  auto taps = product(shape, 2);
  for (int64_t c = 0; c < out_channels; ++c) {
    int64_t from = source(c);
    if (from < 0) continue;
    auto first = kernel.weight.values.begin() + (c * in[0] + from) * taps;
    std::fill(first, first + taps, 1.0);
  }
  if (in.size() == 1) return affine(std::move(kernel.weight), {});
  return convolution(in, kernel, axes);
}

Primitive flatten(const Shape& in) {
  Primitive made{"Flatten", {}, {element_count(in)}};
  made.fields.set("start_dim", -static_cast<int64_t>(in.size()));
  made.fields.set("end_dim", int64_t{-1});
  made.fields.set("input_type", in);
  return made;
}

Primitive permutation(const Shape& before, const Shape& order) {
  int64_t count = element_count(before);
  Array weight = zeros({count, count});
  for (int64_t to = 0; to < count; ++to) {
    Shape at(before.size());
    int64_t rest = to;
    for (size_t axis = order.size(); axis-- > 0;) {
      auto source = static_cast<size_t>(order[axis]);
      at[source] = rest % before[source];
      rest /= before[source];
    }
    int64_t from = 0;
    for (size_t axis = 0; axis < before.size(); ++axis) {
      from = from * before[axis] + at[axis];
    }
    weight.values[static_cast<size_t>(to * count + from)] = 1;
  }
  return affine(std::move(weight), {});
}

std::vector<Axis> axes_of(const Shape& in, const Shape& out,
                          const Shape& kernel, const Shape& stride,
                          const Shape& padding, const Shape& dilation) {
  std::vector<Axis> axes;
  for (size_t i = 0; i < kernel.size(); ++i) {
    axes.push_back({.size = in.at(i + 1),
                    .taps = kernel[i],
                    .stride = stride[i],
                    .begin = -padding[i],
                    .dilation = dilation[i],
                    .count = out.at(i + 1)});
  }
  return axes;
}

}  // namespace nc::nir
