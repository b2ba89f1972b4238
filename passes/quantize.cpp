#include "passes/quantize.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "ir/error.h"
#include "ir/shapes.h"
#include "passes/free_sums.h"
#include "passes/rewrite.h"
#include "passes/scale_groups.h"
#include "passes/weighted.h"
#include "runtime/evaluate.h"

namespace nc {
namespace {

using Doubles = std::vector<double>;
using Integers = std::vector<int64_t>;

bool is_weighted(const Op& op) { return weighted(op).has_value(); }

bool passes_on(const Op& op) {
  return std::visit(Overload{
                        [](const SumPool&) { return true; },
                        [](const MaxPool&) { return true; },
                        [](const Pad&) { return true; },
                        [](const Flatten&) { return true; },
                        [](const Reshape&) { return true; },
                        [](const Permute&) { return true; },
                        [](const Slice&) { return true; },
                        [](const Concat&) { return true; },
                        [](const Output&) { return true; },
                        [](const Li&) { return true; },
                        [](const Delay&) { return true; },
                        [](const auto&) { return false; },
                    },
                    op);
}

Tensor compact_integers(const Integers& values, const Shape& shape) {
  Doubles as_doubles(values.begin(), values.end());
  if (auto channels = per_channel(as_doubles, shape)) {
    return integer_tensor({shape[0]},
                          Integers(channels->begin(), channels->end()));
  }
  return integer_tensor(shape, values);
}

Integers divided(const Doubles& values, const Doubles& by, int64_t least) {
  Integers result(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    result[i] = std::max<int64_t>(least, std::llround(values[i] / by[i]));
  }
  return result;
}

// ---- Scales ----------------------------------------------------------------

class Quantizer {
 public:
  Quantizer(Graph graph, const QuantizeOptions& options)
      : graph_(std::move(graph)),
        options_(options),
        shapes_(infer_shapes(graph_)),
        groups_(graph_) {}

  Graph run() {
    bool progress = true;
    while (progress && units_.size() < graph_.nodes.size()) {
      progress = false;
      for (const std::string& name : node_names(graph_)) {
        if (!units_.contains(name)) progress |= visit(name);
      }
    }
    for (const Node& node : graph_.nodes) {
      if (units_.contains(node.name)) continue;
      throw Error("node '" + node.name +
                  "': a chain of layers without neurons is added to a part "
                  "of itself; put an activation between them");
    }
    for (const std::string& name : node_names(graph_)) {
      if (as_neuron(graph_.at(name).op)) quantize_neuron(name);
    }
    return std::move(graph_);
  }

 private:
  // ---- Visiting: true when the node's unit became known ----

  bool visit(const std::string& name) {
    const Node& node = graph_.at(name);
    if (is_weighted(node.op)) return visit_group(name);
    if (!inputs_known(node) && !is_source(node.op)) return false;
    if (const Neuron* neuron = as_neuron(node.op)) {
      units_[name] = Doubles(count(name), 1);
      reach_[name] = static_cast<double>((int64_t{1} << neuron->levels) - 1);
      return true;
    }
    if (std::holds_alternative<Input>(node.op)) {
      units_[name] = Doubles(count(name), 1);
      reach_[name] = input_reach(std::get<Input>(node.op));
      return true;
    }
    if (!passes_on(node.op)) {
      throw Error("node '" + name + "': " + kind_of(node.op) +
                  " has no integer form");
    }
    pass_unit_on(name);
    return true;
  }

  bool inputs_known(const Node& node) const {
    return std::all_of(node.inputs.begin(), node.inputs.end(),
                       [&](const std::string& input) {
                         return units_.contains(source_of(input));
                       });
  }

  size_t count(const std::string& name) const {
    return static_cast<size_t>(element_count(shapes_.at(name)));
  }

  static double input_reach(const Input& input) {
    return static_cast<double>(
        std::max(std::abs(input.low), std::abs(input.high)));
  }

  // Unit and reach of what a node reads (a sum has one unit, by construction).
  const Doubles& read_unit(const Node& node) const {
    return units_.at(source_of(node.inputs.at(0)));
  }

  double read_reach(const Node& node) const {
    double total = 0;
    for (const std::string& input : node.inputs) {
      total += reach_.at(source_of(input));
    }
    return total;
  }

  void quantize_neuron(const std::string& name) {
    Node& node = *graph_.find(name);
    const Doubles unit = read_unit(node);
    const Shape& shape = shapes_.at(name);
    std::visit(
        [&](auto& op) {
          if constexpr (IsNeuron<std::decay_t<decltype(op)>>) {
            require_integer_form(node, op);
            Doubles threshold = spread(op.threshold, shape, 1);
            op.strict = false;
            op.threshold = compact_integers(divided(threshold, unit, 1), shape);
            op.membrane_bits = options_.membrane_bits;
          }
          if constexpr (std::is_same_v<std::decay_t<decltype(op)>, Lif>) {
            quantize_decay(op.decay);
          }
        },
        node.op);
  }

  static void require_integer_form(const Node& node, const Neuron& neuron) {
    if (neuron.reset == Reset::value && neuron.reset_value != 0) {
      throw Error("node '" + node.name + "': a reset to " +
                  std::to_string(neuron.reset_value) +
                  " has no integer form: each channel has its own unit");
    }
    for (double each : neuron.threshold.to_doubles()) {
      if (each > 0) continue;
      throw Error("node '" + node.name + "': a threshold of " +
                  std::to_string(each) + " has no integer form");
    }
  }

  static void quantize_decay(Tensor& decay) {
    Integers values;
    for (double each : decay.to_doubles()) {
      values.push_back(std::clamp<int64_t>(std::llround(each * 4096), 0, 4096));
    }
    decay = integer_tensor(decay.shape(), values);
  }

  // Rearranges the units the way the op rearranges values.
  void pass_unit_on(const std::string& name) {
    Node& node = *graph_.find(name);
    reach_[name] = read_reach(node) * window_cells(node.op);
    if (auto* output = std::get_if<Output>(&node.op)) {
      units_[name] = read_unit(node);
      output->scale *= units_[name].at(0);
    } else if (auto* li = std::get_if<Li>(&node.op)) {
      units_[name] = read_unit(node);
      quantize_decay(li->decay);
    } else if (std::holds_alternative<Delay>(node.op)) {
      units_[name] = read_unit(node);
    } else if (keeps_channels(node.op) &&
               !std::holds_alternative<Slice>(node.op)) {
      units_[name] = channel_units(node, shapes_.at(name));
      round_pad(node);
    } else {
      units_[name] = rearranged(node);
    }
  }

  static double window_cells(const Op& op) {
    const auto* pool = std::get_if<SumPool>(&op);
    if (!pool) return 1;
    return static_cast<double>(element_count(pool->kernel));
  }

  void round_pad(Node& node) {
    auto* pad = std::get_if<Pad>(&node.op);
    if (!pad || pad->value == 0) return;
    double unit = read_unit(node)[0];
    for (double each : read_unit(node)) {
      if (each == unit) continue;
      throw Error("node '" + node.name + "': a pad by " +
                  std::to_string(pad->value) +
                  " behind a layer with several scales has no integer form");
    }
    pad->value = std::round(pad->value / unit);
  }

  Doubles channel_units(const Node& node, const Shape& shape) const {
    const Shape& in = shapes_.at(source_of(node.inputs[0]));
    std::optional<Doubles> channels = per_channel(read_unit(node), in);
    if (!channels) throw uneven(node);
    Doubles unit(static_cast<size_t>(element_count(shape)));
    size_t group = unit.size() / channels->size();
    for (size_t i = 0; i < unit.size(); ++i) unit[i] = (*channels)[i / group];
    return unit;
  }

  static Error uneven(const Node& node) {
    return Error("node '" + node.name + "': its inputs' scales differ within " +
                 "a channel, which has no integer form");
  }

  Doubles rearranged(const Node& node) const {
    Graph mini;
    Node copy = node;
    std::vector<const Doubles*> units;
    for (size_t i = 0; i < copy.inputs.size(); ++i) {
      std::string source = source_of(copy.inputs[i]);
      copy.inputs[i] = "x" + std::to_string(i);
      mini.nodes.push_back({copy.inputs[i], Input{shapes_.at(source)}, {}, {}});
      units.push_back(&units_.at(source));
    }
    if (!std::holds_alternative<Concat>(copy.op)) {
      copy.inputs.resize(1);
      units.resize(1);
    }
    if (auto* pad = std::get_if<Pad>(&copy.op)) pad->value = 1;
    mini.nodes.push_back(copy);
    return Evaluator<double>(mini).evaluate(mini.nodes.size() - 1, units, 1);
  }

  // ---- One group of weighted layers ----

  // A layer's weights and bias with its input's unit folded in.
  struct Layer {
    Node* node;
    Tensor weight;
    Tensor bias;
  };

  bool visit_group(const std::string& name) {
    std::vector<Layer> layers;
    for (const std::string& member : groups_.members(name)) {
      Node* node = graph_.find(member);
      if (!inputs_known(*node)) return false;
      layers.push_back(with_input_unit(node));
    }
    Doubles scale = scales(layers);
    if (groups_.is_uniform(name)) {
      double most = *std::max_element(scale.begin(), scale.end());
      std::fill(scale.begin(), scale.end(), most);
    }
    for (Layer& layer : layers) store(layer, scale);
    return true;
  }

  Layer with_input_unit(Node* node) const {
    Weighted w = *weighted(node->op);
    const std::string source = source_of(node->inputs[0]);
    const Doubles& unit = units_.at(source);
    if (std::holds_alternative<Scale>(node->op)) {
      const Shape& shape = shapes_.at(source);
      Doubles weight = spread(w.weight, shape, 1);
      for (size_t i = 0; i < weight.size(); ++i) weight[i] *= unit[i];
      return {node, compact(weight, shape, false), w.bias};
    }
    std::optional<Doubles> channels = per_channel(unit, shapes_.at(source));
    if (!channels) throw uneven(*node);
    return {node, scale_inputs(node->op, *channels), w.bias};
  }

  // s_c for the group: large enough for every member's largest weight, for
  // the sum of currents and, if there is a limit, for the thresholds.
  Doubles scales(const std::vector<Layer>& layers) const {
    size_t channels = static_cast<size_t>(shapes_.at(layers[0].node->name)[0]);
    Doubles scale(channels, 0);
    Doubles current(channels, 0);
    for (const Layer& layer : layers) {
      Doubles weight = layer.weight.to_doubles();
      bool single = weight.size() == 1;  // a scale by one number for all
      size_t row = single ? 1 : weight.size() / channels;
      double reach = read_reach(*layer.node);
      for (size_t c = 0; c < channels; ++c) {
        auto first =
            weight.begin() + static_cast<std::ptrdiff_t>(single ? 0 : c * row);
        Doubles taps(first, first + static_cast<std::ptrdiff_t>(row));
        scale[c] = std::max(scale[c], largest(taps) / most(layer));
        current[c] += reach * heavier_side(taps, layer);
      }
      add_bias(current, layer);
    }
    double limit = static_cast<double>(options_.current_limit);
    for (size_t c = 0; c < channels; ++c) {
      if (limit > 0) scale[c] = std::max(scale[c], current[c] / limit);
      if (scale[c] == 0) scale[c] = 1;
    }
    return scale;
  }

  // The bias may be brought by a synapse, too.
  void add_bias(Doubles& current, const Layer& layer) const {
    Doubles bias = spread(layer.bias, shapes_.at(layer.node->name), 0);
    size_t group = bias.size() / current.size();
    for (size_t c = 0; c < current.size(); ++c) {
      auto first = bias.begin() + static_cast<std::ptrdiff_t>(c * group);
      current[c] +=
          largest(Doubles(first, first + static_cast<std::ptrdiff_t>(group)));
    }
  }

  double most(const Layer& layer) const {
    bool skip = std::holds_alternative<Scale>(layer.node->op);
    int64_t bits = skip ? std::max<int64_t>(options_.bits, 16) : options_.bits;
    return static_cast<double>((int64_t{1} << (bits - 1)) - 1);
  }

  static double largest(const Doubles& values) {
    double most = 0;
    for (double value : values) most = std::max(most, std::abs(value));
    return most;
  }

  // The larger of the sums of positive and negative weights: what payloads
  // from 0 up can bring to one side; of all weights for signed payloads. A
  // scale per position has one tap per neuron.
  double heavier_side(const Doubles& taps, const Layer& layer) const {
    if (std::holds_alternative<Scale>(layer.node->op)) return largest(taps);
    double up = 0;
    double down = 0;
    for (double tap : taps) (tap > 0 ? up : down) += std::abs(tap);
    return may_be_negative(*layer.node) ? up + down : std::max(up, down);
  }

  bool may_be_negative(const Node& node) const {
    return std::any_of(
        node.inputs.begin(), node.inputs.end(), [&](const std::string& input) {
          const Node& source = graph_.at(source_of(input));
          if (const auto* in = std::get_if<Input>(&source.op)) {
            return in->low < 0;
          }
          if (const Neuron* neuron = as_neuron(source.op)) {
            return neuron->is_signed;
          }
          return is_weighted(source.op) || may_be_negative(source);
        });
  }

  void store(const Layer& layer, const Doubles& scale) {
    const std::string& name = layer.node->name;
    const Shape& shape = shapes_.at(name);
    Integers weight = rounded_weight(layer, scale);
    Doubles unit(count(name));
    size_t group = unit.size() / scale.size();
    for (size_t i = 0; i < unit.size(); ++i) unit[i] = scale[i / group];
    Tensor bias;
    int64_t most_bias = 0;
    if (!layer.bias.empty()) {
      Integers whole = divided(spread(layer.bias, shape, 0), unit,
                               std::numeric_limits<int64_t>::min());
      for (int64_t each : whole)
        most_bias = std::max(most_bias, std::abs(each));
      bias = compact_integers(whole, shape);
    }
    reach_[name] = read_reach(*layer.node) * heaviest(layer, weight, scale) +
                   static_cast<double>(most_bias);
    units_[name] = std::move(unit);
    Shape weight_shape = layer.weight.shape();
    if (weight_shape == Shape{1}) weight_shape = {shape[0]};
    layer.node->op = with_parameters(
        layer.node->op, integer_tensor(weight_shape, weight), bias);
  }

  // w / s_c, rounded; a scale by one number gets one number per channel.
  static Integers rounded_weight(const Layer& layer, const Doubles& scale) {
    Doubles weight = layer.weight.to_doubles();
    bool skip = std::holds_alternative<Scale>(layer.node->op);
    if (skip && weight.size() == 1) weight.resize(scale.size(), weight[0]);
    size_t row = weight.size() / scale.size();
    Integers rounded(weight.size());
    for (size_t i = 0; i < weight.size(); ++i) {
      rounded[i] = std::llround(weight[i] / scale[i / row]);
      if (!skip || rounded[i] != 0 || weight[i] == 0) continue;
      throw Error("node '" + layer.node->name +
                  "': this scale is too small beside the layers it is added "
                  "to; use more --bits");
    }
    return rounded;
  }

  // The largest sum of |w_q| that one neuron reads.
  static double heaviest(const Layer& layer, const Integers& weight,
                         const Doubles& scale) {
    bool skip = std::holds_alternative<Scale>(layer.node->op);
    size_t row = skip ? 1 : weight.size() / scale.size();
    double most = 0;
    for (size_t i = 0; i < weight.size(); i += row) {
      double total = 0;
      for (size_t j = i; j < i + row; ++j) {
        total += static_cast<double>(std::abs(weight[j]));
      }
      most = std::max(most, total);
    }
    return most;
  }

  Graph graph_;
  QuantizeOptions options_;
  std::map<std::string, Shape> shapes_;
  ScaleGroups groups_;
  std::map<std::string, Doubles> units_;  // what 1 is worth, per element
  std::map<std::string, double> reach_;   // largest |value| per step
};

}  // namespace

Graph quantize(Graph graph, const QuantizeOptions& options) {
  if (options.bits < 2 || options.bits > 16) {
    throw Error("expected from 2 to 16 bits, found " +
                std::to_string(options.bits));
  }
  return Quantizer(free_sums(std::move(graph)), options).run();
}

}  // namespace nc
