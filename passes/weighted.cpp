#include "passes/weighted.h"

#include <algorithm>

#include "ir/shapes.h"
#include "runtime/evaluate.h"

namespace nc {

std::optional<Weighted> weighted(const Op& op) {
  using Found = std::optional<Weighted>;
  return std::visit(Overload{
                        [](const Affine& o) -> Found {
                          return {{o.weight, o.bias}};
                        },
                        [](const Conv1d& o) -> Found {
                          return {{o.weight, o.bias}};
                        },
                        [](const Conv2d& o) -> Found {
                          return {{o.weight, o.bias}};
                        },
                        [](const Scale& o) -> Found {
                          return {{o.weight, o.offset}};
                        },
                        [](const auto&) -> Found { return std::nullopt; },
                    },
                    op);
}

Op with_parameters(Op op, Tensor weight, Tensor bias) {
  std::visit(
      [&](auto& each) {
        using Kind = std::decay_t<decltype(each)>;
        if constexpr (std::is_same_v<Kind, Affine> || IsConvolution<Kind>) {
          each.weight = std::move(weight);
          each.bias = std::move(bias);
        } else if constexpr (std::is_same_v<Kind, Scale>) {
          each.weight = std::move(weight);
          each.offset = std::move(bias);
        }
      },
      op);
  return op;
}

std::vector<double> spread(const Tensor& tensor, const Shape& shape,
                           double missing) {
  size_t count = static_cast<size_t>(element_count(shape));
  if (tensor.empty()) return std::vector<double>(count, missing);
  size_t group = static_cast<size_t>(group_size(tensor, shape));
  std::vector<double> values = tensor.to_doubles();
  std::vector<double> result(count);
  for (size_t i = 0; i < count; ++i) result[i] = values[i / group];
  return result;
}

std::optional<std::vector<double>> per_channel(
    const std::vector<double>& values, const Shape& shape) {
  std::vector<double> channels;
  size_t group = values.size() / static_cast<size_t>(shape[0]);
  for (size_t i = 0; i < values.size(); i += group) {
    for (size_t j = i; j < i + group; ++j) {
      if (values[j] != values[i]) return std::nullopt;
    }
    channels.push_back(values[i]);
  }
  return channels;
}

Tensor compact(const std::vector<double>& values, const Shape& shape,
               bool zero_is_none) {
  bool zero = std::all_of(values.begin(), values.end(),
                          [](double value) { return value == 0; });
  if (zero && zero_is_none) return {};
  if (auto channels = per_channel(values, shape)) {
    return float_tensor({shape[0]}, *channels);
  }
  return float_tensor(shape, values);
}

Tensor scale_outputs(const Tensor& weight, const std::vector<double>& factor) {
  std::vector<double> values = weight.to_doubles();
  size_t row = values.size() / factor.size();
  for (size_t i = 0; i < values.size(); ++i) values[i] *= factor[i / row];
  return float_tensor(weight.shape(), values);
}

Tensor scale_inputs(const Op& op, const std::vector<double>& factor) {
  const Tensor weight = weighted(op)->weight;
  std::vector<double> values = weight.to_doubles();
  size_t inputs = static_cast<size_t>(weight.size(1));
  size_t groups = factor.size() / inputs;
  size_t outputs_per_group = static_cast<size_t>(weight.size(0)) / groups;
  size_t taps = values.size() / (static_cast<size_t>(weight.size(0)) * inputs);
  for (size_t i = 0; i < values.size(); ++i) {
    size_t input = i / taps % inputs;
    size_t group = i / taps / inputs / outputs_per_group;
    values[i] *= factor[group * inputs + input];
  }
  return float_tensor(weight.shape(), values);
}

std::vector<double> apply_weight(const Op& op, const Shape& shape,
                                 const std::vector<double>& x) {
  Graph graph;
  graph.nodes.push_back({"x", Input{shape}, {}, {}});
  Op bare = with_parameters(op, weighted(op)->weight, {});
  graph.nodes.push_back({"y", bare, {"x"}, {}});
  return Evaluator<double>(graph).evaluate(1, {&x}, 1);
}

}  // namespace nc
