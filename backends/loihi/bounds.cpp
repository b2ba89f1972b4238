#include "backends/loihi/bounds.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "backends/loihi/fixed_point.h"

namespace nc::loihi {
namespace {

bool is_exact(const Graph& graph) {
  return graph.run.schedule == Schedule::exact;
}

double steps_of(const Graph& graph) {
  return is_exact(graph) ? static_cast<double>(graph.run.timesteps) : 1;
}

double largest_of(const Tensor& tensor) {
  double most = 0;
  for (double value : tensor.to_doubles())
    most = std::max(most, std::abs(value));
  return most;
}

// The largest sum of |weights| that one output reads.
double heaviest_row(const Tensor& weight, size_t row) {
  std::vector<double> values = weight.to_doubles();
  double most = 0;
  for (size_t first = 0; row > 0 && first < values.size(); first += row) {
    double sum = 0;
    for (size_t i = first; i < first + row; ++i) sum += std::abs(values[i]);
    most = std::max(most, sum);
  }
  return most;
}

template <class Layer>
double heaviest_row(const Layer& layer) {
  int64_t outputs = std::max<int64_t>(layer.weight.size(0), 1);
  return heaviest_row(layer.weight,
                      static_cast<size_t>(layer.weight.size() / outputs));
}

// Evaluates |value| bounds recursively; feedback is safe because every loop
// passes through a population, whose bound does not depend on its inputs.
class Bounder {
 public:
  Bounder(const Graph& graph, const Roles& roles)
      : graph_(graph), roles_(roles), value_(graph.nodes.size(), -1) {}

  double value(size_t node) {
    if (value_[node] < 0) value_[node] = compute(node);
    return value_[node];
  }

  double current(size_t node) {
    bool aside = std::holds_alternative<Concat>(graph_.nodes[node].op);
    double total = 0;
    for (const std::string& input : graph_.nodes[node].inputs) {
      double each = value(index_of(graph_, source_of(input)));
      total = aside ? std::max(total, each) : total + each;
    }
    return total;
  }

 private:
  double compute(size_t node) {
    const Op& op = graph_.nodes[node].op;
    if (const auto* input = std::get_if<Input>(&op)) {
      InputRange range = input_range(*input);
      return steps_of(graph_) * static_cast<double>(std::max(
                                    std::abs(range.low), std::abs(range.high)));
    }
    if (const Neuron* neuron = as_neuron(op)) {
      return static_cast<double>(most_payload(graph_, *neuron));
    }
    if (roles_.role[node] == Role::leaky) return double{kMostPayload};
    return linear(op, current(node));
  }

  double linear(const Op& op, double in) const {
    double steps = steps_of(graph_);
    return std::visit(
        Overload{
            [&](const Affine& layer) {
              return in * heaviest_row(layer) + steps * largest_of(layer.bias);
            },
            [&]<IsConvolution Conv>(const Conv& layer) {
              return in * heaviest_row(layer) + steps * largest_of(layer.bias);
            },
            [&](const Scale& layer) {
              return in * largest_of(layer.weight) +
                     steps * largest_of(layer.offset);
            },
            [&](const SumPool& pool) {
              return in * static_cast<double>(element_count(pool.kernel));
            },
            [&](const Pad& pad) {
              return std::max(in, steps * std::abs(pad.value));
            },
            [&](const auto&) { return in; },
        },
        op);
  }

  const Graph& graph_;
  const Roles& roles_;
  std::vector<double> value_;
};

}  // namespace

InputRange input_range(const Input& input) {
  if (input.low == 0 && input.high == 0) return {-255, 255};
  return {input.low, input.high};
}

int64_t most_payload(const Graph& graph, const Neuron& neuron) {
  int64_t most = (int64_t{1} << neuron.levels) - 1;
  std::vector<int64_t> thresholds = neuron.threshold.to_integers();
  int64_t least = *std::min_element(thresholds.begin(), thresholds.end());
  if (!is_exact(graph)) return std::min(most, kMostMembrane / least + 1);
  return std::min(most * graph.run.timesteps, kMostPayload / least + 1);
}

double Bounds::largest() const {
  double most = 0;
  for (double each : value) most = std::max(most, each);
  for (double each : current) most = std::max(most, each);
  return most;
}

Bounds bounds_of(const Graph& graph, const Roles& roles) {
  Bounder bounder(graph, roles);
  Bounds bounds;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    bounds.value.push_back(bounder.value(i));
    bounds.current.push_back(bounder.current(i));
  }
  return bounds;
}

}  // namespace nc::loihi
