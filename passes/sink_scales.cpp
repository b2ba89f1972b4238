#include "passes/sink_scales.h"

#include <algorithm>
#include <map>
#include <optional>

#include "ir/shapes.h"
#include "passes/rewrite.h"
#include "passes/weighted.h"
#include "runtime/evaluate.h"

namespace nc {
namespace {

using Shapes = std::map<std::string, Shape>;
using Doubles = std::vector<double>;

// The op moves elements about without touching their values.
bool is_rearrangement(const Op& op) {
  return std::holds_alternative<Flatten>(op) ||
         std::holds_alternative<Reshape>(op) ||
         std::holds_alternative<Permute>(op) ||
         std::holds_alternative<Slice>(op) ||
         std::holds_alternative<Concat>(op);
}

// The op works on each channel by itself and commutes with a factor.
bool is_channelwise(const Op& op) {
  return std::holds_alternative<SumPool>(op) ||
         std::holds_alternative<AvgPool>(op) ||
         std::holds_alternative<AdaptiveAvgPool>(op);
}

bool pads_with_zeros(const Op& op) {
  const auto* pad = std::get_if<Pad>(&op);
  return pad && pad->value == 0;
}

// The added channels are zero, whatever their factor: 1.
Doubles padded(const Pad& pad, Doubles channels) {
  channels.insert(channels.begin(), static_cast<size_t>(pad.before[0]), 1);
  channels.insert(channels.end(), static_cast<size_t>(pad.after[0]), 1);
  return channels;
}

// A factor above zero keeps the largest value the largest.
bool is_max_pool_of(const Op& op, const Doubles& factor) {
  if (!std::holds_alternative<MaxPool>(op)) return false;
  return std::all_of(factor.begin(), factor.end(),
                     [](double each) { return each > 0; });
}

const Scale* plain_scale(const Node& node) {
  const auto* scale = std::get_if<Scale>(&node.op);
  bool plain = scale && scale->offset.empty() && node.inputs.size() == 1 &&
               !is_feedback(node.inputs[0]);
  return plain ? scale : nullptr;
}

class Sinker {
 public:
  explicit Sinker(Graph graph)
      : graph_(std::move(graph)), shapes_(infer_shapes(graph_)) {}

  // Walking in execution order moves a scale past any chain of ops, since the
  // new scale stands behind and is met later.
  Graph run() {
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      while (sink_past(graph_.nodes[i].name)) {
      }
    }
    remove_unread_scales();
    return std::move(graph_);
  }

 private:
  // If a plain scale feeds `name`, and it commutes, puts it behind.
  bool sink_past(const std::string& name) {
    Node* node = graph_.find(name);
    std::optional<Doubles> factor = factor_behind(*node);
    if (!factor) return false;
    for (std::string& input : node->inputs) {
      if (plain_scale(graph_.at(input))) input = graph_.at(input).inputs[0];
    }
    const Shape& shape = shapes_.at(name);
    Scale scale{compact(*factor, shape, false), {}};
    std::string added = insert_after(graph_, name, name + "_scale", scale);
    shapes_[added] = shape;
    return true;
  }

  std::optional<Doubles> factor_behind(const Node& node) const {
    if (std::holds_alternative<Concat>(node.op)) return concat_factor(node);
    const Node* source = only_input(graph_, node);
    const Scale* scale = source ? plain_scale(*source) : nullptr;
    if (!scale) return std::nullopt;
    Doubles factor = spread(scale->weight, shapes_.at(source->name), 1);
    if (is_rearrangement(node.op)) return rearranged(node, {&factor});
    auto channels = per_channel(factor, shapes_.at(source->name));
    if (channels && pads_with_zeros(node.op)) {
      *channels = padded(std::get<Pad>(node.op), std::move(*channels));
      return spread(float_tensor({shapes_.at(node.name)[0]}, *channels),
                    shapes_.at(node.name), 1);
    }
    bool commutes = is_channelwise(node.op) || is_max_pool_of(node.op, factor);
    if (!channels || !commutes) return std::nullopt;
    return spread(float_tensor({shapes_.at(node.name)[0]}, *channels),
                  shapes_.at(node.name), 1);
  }

  std::optional<Doubles> concat_factor(const Node& node) const {
    std::vector<Doubles> factors;
    bool any = false;
    for (const std::string& input : node.inputs) {
      if (is_feedback(input)) return std::nullopt;
      const Scale* scale = plain_scale(graph_.at(input));
      any |= scale != nullptr;
      factors.push_back(
          spread(scale ? scale->weight : Tensor{}, shapes_.at(input), 1));
    }
    if (!any) return std::nullopt;
    std::vector<const Doubles*> pointers;
    for (const Doubles& factor : factors) pointers.push_back(&factor);
    return rearranged(node, pointers);
  }

  // The factors, sent the way that the values go.
  Doubles rearranged(const Node& node,
                     const std::vector<const Doubles*>& factors) const {
    Graph mini;
    Node copy = node;
    for (size_t i = 0; i < copy.inputs.size(); ++i) {
      std::string name = "x" + std::to_string(i);
      mini.nodes.push_back({name, Input{shapes_.at(copy.inputs[i])}, {}, {}});
      copy.inputs[i] = name;
    }
    mini.nodes.push_back(copy);
    return Evaluator<double>(mini).evaluate(mini.nodes.size() - 1, factors, 1);
  }

  void remove_unread_scales() {
    for (const std::string& name : node_names(graph_)) {
      if (plain_scale(graph_.at(name)) && reader_names(graph_, name).empty()) {
        std::erase_if(graph_.nodes,
                      [&](const Node& node) { return node.name == name; });
      }
    }
  }

  Graph graph_;
  Shapes shapes_;
};

}  // namespace

Graph sink_scales(Graph graph) { return Sinker(std::move(graph)).run(); }

}  // namespace nc
