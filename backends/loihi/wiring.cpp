#include "backends/loihi/wiring.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "backends/loihi/encode.h"
#include "backends/loihi/layout.h"
#include "ir/error.h"
#include "ir/shapes.h"
#include "runtime/evaluate.h"

namespace nc::loihi {
namespace {

// A signal is an image of height 1.
int64_t along(const Shape& list, size_t axis, int64_t missing) {
  if (list.size() == 2) return list[axis];
  return axis == 0 ? missing : list[0];
}

int64_t extent(const Shape& shape, size_t axis) {
  if (shape.size() == 3) return shape[axis + 1];
  return axis == 0 ? 1 : shape[1];
}

template <class Number>
std::vector<Number> as_numbers(const std::vector<int64_t>& values) {
  std::vector<Number> numbers;
  numbers.reserve(values.size());
  for (int64_t value : values) {
    if (std::abs(value) > kMostWeight) {
      throw Error("expected weights up to " + std::to_string(kMostWeight) +
                  ", found " + std::to_string(value));
    }
    numbers.push_back(static_cast<Number>(value));
  }
  return numbers;
}

// Pairs of positions on the chip, source first.
using Wires = std::vector<std::pair<uint32_t, uint32_t>>;

template <class Number>
RoutedSynapses<Number> routed(const Wires& wires, size_t sources) {
  RoutedSynapses<Number> routes;
  routes.first.assign(sources + 1, 0);
  for (const auto& wire : wires) ++routes.first[wire.first + 1];
  for (size_t i = 0; i < sources; ++i) routes.first[i + 1] += routes.first[i];
  std::vector<uint32_t> next = routes.first;
  routes.target.resize(wires.size());
  for (const auto& [source, target] : wires) {
    routes.target[next[source]++] = target;
  }
  return routes;
}

template <class Number>
GainSynapses<Number> wire(const Scale& op, const Shape& in, const Shape&) {
  return {as_numbers<Number>(per_neuron(op.weight, in))};
}

// [out, in] turned to [in, out].
template <class Number>
DenseSynapses<Number> wire(const Affine& op, const Shape&, const Shape&) {
  std::vector<Number> weight = as_numbers<Number>(op.weight.to_integers());
  size_t outputs = static_cast<size_t>(op.weight.size(0));
  size_t inputs = static_cast<size_t>(op.weight.size(1));
  DenseSynapses<Number> dense = {outputs, std::vector<Number>(weight.size())};
  for (size_t o = 0; o < outputs; ++o) {
    for (size_t i = 0; i < inputs; ++i) {
      dense.weight[i * outputs + o] = weight[o * inputs + i];
    }
  }
  return dense;
}

// [out, in / groups, y, x] turned to [in, y, x flipped, out / groups].
template <class Number>
void turn_kernel(const std::vector<Number>& weight, ConvSynapses<Number>& c) {
  int64_t ins = c.in_channels / c.groups;
  int64_t outs = c.out_channels / c.groups;
  int64_t kernel_h = c.rows.kernel;
  int64_t kernel_w = c.columns.kernel;
  c.weight.resize(weight.size());
  const Number* next = weight.data();
  for (int64_t o = 0; o < c.out_channels; ++o) {
    for (int64_t i = 0; i < ins; ++i) {
      int64_t source = o / outs * ins + i;
      for (int64_t y = 0; y < kernel_h; ++y) {
        for (int64_t x = 0; x < kernel_w; ++x) {
          int64_t tap = (source * kernel_h + y) * kernel_w + kernel_w - 1 - x;
          c.weight[static_cast<size_t>(tap * outs + o % outs)] = *next++;
        }
      }
    }
  }
}

template <IsConvolution Conv>
Reach reach_of(const Conv& op, const Shape& in, const Shape& out, size_t axis) {
  Shape kernel(op.weight.shape().begin() + 2, op.weight.shape().end());
  return Reach(extent(in, axis), along(kernel, axis, 1), extent(out, axis),
               along(op.stride, axis, 1), along(op.padding, axis, 0),
               along(op.dilation, axis, 1));
}

// The same outputs, the last tap first.
Reach flipped(Reach reach) {
  for (auto first = reach.output.begin(); first != reach.output.end();
       first += reach.kernel) {
    std::reverse(first, first + reach.kernel);
  }
  return reach;
}

template <class Number, IsConvolution Conv>
ConvSynapses<Number> wire(const Conv& op, const Shape& in, const Shape& out) {
  bool dense_columns =
      along(op.stride, 1, 1) == 1 && along(op.dilation, 1, 1) == 1;
  ConvSynapses<Number> c = {extent(in, 1),
                            in[0],
                            extent(out, 1),
                            out[0],
                            op.groups,
                            reach_of(op, in, out, 0),
                            flipped(reach_of(op, in, out, 1)),
                            op.groups == 1 && dense_columns,
                            {}};
  turn_kernel(as_numbers<Number>(op.weight.to_integers()), c);
  return c;
}

// The cells of one axis that window `at` covers.
std::pair<int64_t, int64_t> covered(const SumPool& op, const Shape& in,
                                    size_t axis, int64_t at) {
  int64_t start = at * along(op.stride, axis, 1) - along(op.padding, axis, 0);
  int64_t stop = start + along(op.kernel, axis, 1);
  return {std::max<int64_t>(start, 0), std::min(stop, extent(in, axis))};
}

template <class Number>
RoutedSynapses<Number> wire(const SumPool& op, const Shape& in,
                            const Shape& out) {
  Wires wires;
  for (int64_t y = 0; y < extent(out, 0); ++y) {
    auto [y0, y1] = covered(op, in, 0, y);
    for (int64_t x = 0; x < extent(out, 1); ++x) {
      auto [x0, x1] = covered(op, in, 1, x);
      int64_t to = (y * extent(out, 1) + x) * out[0];
      for (int64_t row = y0; row < y1; ++row) {
        for (int64_t column = x0; column < x1; ++column) {
          int64_t from = (row * extent(in, 1) + column) * in[0];
          for (int64_t c = 0; c < in[0]; ++c) {
            wires.emplace_back(from + c, to + c);
          }
        }
      }
    }
  }
  return routed<Number>(wires, static_cast<size_t>(element_count(in)));
}

// A value that no constant of the op can be mistaken for.
int64_t first_label(const Op& op) {
  const Pad* pad = std::get_if<Pad>(&op);
  return pad ? std::abs(static_cast<int64_t>(pad->value)) + 1 : 1;
}

// Rearrangements move each input to one place or none: each element is given
// a label of its own, and where the labels come out is the wiring.
template <class Number>
RoutedSynapses<Number> rearranged(const Op& op,
                                  const std::vector<Shape>& inputs,
                                  size_t which) {
  Graph graph;
  Node mover = {"mover", op, {}, {}};
  std::vector<Values<int64_t>> labels;
  int64_t first = first_label(op);
  for (size_t i = 0; i < inputs.size(); ++i) {
    std::string name = "x" + std::to_string(i);
    graph.nodes.push_back({name, Input{inputs[i]}, {}, {}});
    mover.inputs.push_back(name);
    labels.emplace_back(static_cast<size_t>(element_count(inputs[i])));
  }
  for (size_t i = 0; i < labels[which].size(); ++i) {
    labels[which][i] = first + static_cast<int64_t>(i);
  }
  graph.nodes.push_back(mover);
  Evaluator<int64_t> evaluator(graph);
  std::vector<const Values<int64_t>*> pointers;
  for (const Values<int64_t>& each : labels) pointers.push_back(&each);
  size_t node = inputs.size();
  Values<int64_t> moved = evaluator.evaluate(node, pointers, 1);
  std::vector<uint32_t> from = chip_positions(inputs[which]);
  std::vector<uint32_t> to = chip_positions(evaluator.shape(node));
  Wires wires;
  for (size_t i = 0; i < moved.size(); ++i) {
    if (moved[i] < first) continue;
    wires.emplace_back(from[static_cast<size_t>(moved[i] - first)], to[i]);
  }
  return routed<Number>(wires, from.size());
}

template <class Kind>
concept IsRearrangement =
    std::is_same_v<Kind, Pad> || std::is_same_v<Kind, Flatten> ||
    std::is_same_v<Kind, Reshape> || std::is_same_v<Kind, Permute> ||
    std::is_same_v<Kind, Slice> || std::is_same_v<Kind, Concat>;

template <class Kind>
concept IsWired = IsConvolution<Kind> || std::is_same_v<Kind, Affine> ||
    std::is_same_v<Kind, Scale> || std::is_same_v<Kind, SumPool>;

}  // namespace

template <class Number>
Synapses<Number> synapses_of(const Op& op, const std::vector<Shape>& inputs,
                             size_t which) {
  return std::visit(
      [&](const auto& each) -> Synapses<Number> {
        using Kind = std::decay_t<decltype(each)>;
        if constexpr (std::is_same_v<Kind, Concat>) {
          return rearranged<Number>(op, inputs, which);
        } else if constexpr (IsRearrangement<Kind>) {
          return rearranged<Number>(op, {inputs[0]}, 0);
        } else if constexpr (IsWired<Kind>) {
          return wire<Number>(each, inputs[0], output_shape(op, {inputs[0]}));
        } else {
          throw Error(std::string("expected a linear op, found ") + Kind::kind);
        }
      },
      op);
}

template Synapses<int32_t> synapses_of(const Op&, const std::vector<Shape>&,
                                       size_t);
template Synapses<int64_t> synapses_of(const Op&, const std::vector<Shape>&,
                                       size_t);

}  // namespace nc::loihi
