#include <algorithm>

#include "backends/hls/geometry.h"
#include "backends/rtl/planner.h"
#include "ir/shapes.h"

namespace nc {
namespace {

template <class Conv>
void convolve(const Conv& op, const Shape& in, const Shape& out,
              const std::vector<int64_t>& values, std::vector<int64_t>& sums) {
  ImageWindow w = window_of(op, in, out);
  WindowAxes axes = window_axes(w);
  std::vector<int64_t> weights = op.weight.to_integers();
  int64_t per_group = op.weight.size(1);
  int64_t outputs = op.weight.size(0) / op.groups;
  for (int64_t i = 0; i < in[0]; ++i) {
    for (int64_t y = 0; y < w.in_height; ++y) {
      for (int64_t x = 0; x < w.in_width; ++x) {
        int64_t value =
            values[static_cast<size_t>((i * w.in_height + y) * w.in_width + x)];
        if (value == 0) continue;
        const AxisEntry& row = axes.y.entries[static_cast<size_t>(y)];
        const AxisEntry& column = axes.x.entries[static_cast<size_t>(x)];
        for (int64_t o = i / per_group * outputs;
             o < (i / per_group + 1) * outputs; ++o) {
          for (int64_t a = 0; a < row.count; ++a) {
            for (int64_t b = 0; b < column.count; ++b) {
              int64_t ky = row.tap + a * axes.y.tap_step;
              int64_t kx = column.tap + b * axes.x.tap_step;
              int64_t oy = row.first + a * axes.y.window_step;
              int64_t ox = column.first + b * axes.x.window_step;
              int64_t weight = weights[static_cast<size_t>(
                  ((o * per_group + i % per_group) * w.kernel_height + ky) *
                      w.kernel_width +
                  kx)];
              sums[static_cast<size_t>((o * w.out_height + oy) * w.out_width +
                                       ox)] += weight * value;
            }
          }
        }
      }
    }
  }
}

void multiply(const Affine& op, const std::vector<int64_t>& values,
              std::vector<int64_t>& sums) {
  std::vector<int64_t> weights = op.weight.to_integers();
  for (size_t o = 0; o < sums.size(); ++o) {
    for (size_t i = 0; i < values.size(); ++i) {
      sums[o] += weights[o * values.size() + i] * values[i];
    }
  }
}

}  // namespace

// The node's result where nothing arrives but constants.
std::vector<int64_t> RtlPlanner::weighted_constants(
    size_t node, const std::vector<int64_t>& in) {
  const Node& linear = graph_.nodes[node];
  const Shape& shape = shape_of(node);
  const Shape& from = shape_of(source(linear.inputs.at(0)));
  std::vector<int64_t> sums(static_cast<size_t>(element_count(shape)));
  auto add_bias = [&](const Tensor& bias) {
    if (!bias.empty()) add_to(sums, spread(bias, shape));
  };
  std::visit(Overload{[&](const Affine& op) {
                        if (!in.empty()) multiply(op, in, sums);
                        add_bias(op.bias);
                      },
                      [&](const Conv1d& op) {
                        if (!in.empty()) convolve(op, from, shape, in, sums);
                        add_bias(op.bias);
                      },
                      [&](const Conv2d& op) {
                        if (!in.empty()) convolve(op, from, shape, in, sums);
                        add_bias(op.bias);
                      },
                      [&](const Scale& op) {
                        std::vector<int64_t> weights = spread(op.weight, shape);
                        for (size_t i = 0; i < in.size(); ++i) {
                          sums[i] += weights[i] * in[i];
                        }
                        add_bias(op.offset);
                      },
                      [](const auto&) {}},
             linear.op);
  bool is_zero =
      std::all_of(sums.begin(), sums.end(), [](int64_t x) { return x == 0; });
  return is_zero ? std::vector<int64_t>{} : sums;
}

}  // namespace nc
