// Activations: ReLU and clips in all their spellings, and those that have an
// op in the IR but no spiking form yet.
#include <cmath>
#include <optional>

#include "passes/frontend/arithmetic.h"
#include "passes/frontend/call.h"

namespace nc::frontend {
namespace {

constexpr const char* kFires = "becomes integrate-and-fire neurons";
constexpr const char* kNoSpikes =
    "has no spiking form yet: nc-spike refuses it";

std::string first_argument(const Call& call) {
  return call.has("self") ? "self" : "input";
}

Item without_spikes(Call& call, const Op& op) {
  Symbol values = call.symbol(first_argument(call));
  call.graph.ann_only(kNoSpikes);
  std::string node = call.graph.add(op, call.content(values));
  return make_symbol_of_shape(values->shape, {node}, call.graph);
}

// min(x, high) is built as high - relu(high - x); this finds x again, so that
// a lower bound that follows makes a clip of both.
struct UpperBound {
  Content values;
  double high;
};

std::optional<double> reflection_of(const Op& op) {
  const auto* scale = std::get_if<Scale>(&op);
  if (scale == nullptr || scale->offset.size() != 1) return {};
  if (scale->weight.to_doubles() != std::vector<double>{-1}) return {};
  return scale->offset.to_doubles()[0];
}

const Node* only_input(const GraphBuilder& graph, const Content& content) {
  return content.size() == 1 ? &graph.node(content[0]) : nullptr;
}

std::optional<UpperBound> upper_bound_of(const GraphBuilder& graph,
                                         const Content& content) {
  const Node* last = only_input(graph, content);
  if (last == nullptr || !reflection_of(last->op)) return {};
  const Node* relu = only_input(graph, last->inputs);
  if (relu == nullptr || !std::holds_alternative<Relu>(relu->op)) return {};
  const Node* first = only_input(graph, relu->inputs);
  if (first == nullptr || reflection_of(first->op) != reflection_of(last->op)) {
    return {};
  }
  return UpperBound{first->inputs, *reflection_of(last->op)};
}

void note(Call& call, const Clip& clip) {
  if (clip.low == 0) return call.graph.approximate(kFires);
  call.graph.ann_only(
      "a lower bound other than 0 has no spiking form yet: nc-spike refuses "
      "it");
}

Item clip(Call& call, const Symbol& values, const Content& content, double low,
          double high) {
  if (low > high) throw Refusal{"its lower bound is above its upper bound"};
  Clip clip{low, high};
  note(call, clip);
  return like(values, {call.graph.add(clip, content)}, call);
}

// max(x, low) = relu(x - low) + low
Item at_least(Call& call, const Symbol& values, const Tensor& low) {
  call.graph.approximate(kFires);
  Content content = call.content(values);
  bool is_number = low.size() == 1;
  double bound = low.to_doubles()[0];
  if (auto upper = upper_bound_of(call.graph, content);
      upper && is_number && bound < upper->high) {
    return clip(call, values, upper->values, bound, upper->high);
  }
  Tensor minus_low = mapped(low, [](double each) { return -each; });
  content = scaled_and_shifted(call, content, 1, minus_low);
  content = {call.graph.add(Relu{}, content)};
  return like(values, scaled_and_shifted(call, content, 1, low), call);
}

// min(x, high) = high - relu(high - x), or a clip when x is a ReLU or a clip.
Item at_most(Call& call, const Symbol& values, const Tensor& high) {
  call.graph.approximate(kFires);
  Content content = call.content(values);
  const Node* last = only_input(call.graph, content);
  bool is_number = high.size() == 1;
  double bound = high.to_doubles()[0];
  if (last != nullptr && is_number && std::holds_alternative<Relu>(last->op) &&
      bound > 0) {
    return clip(call, values, Content(last->inputs), 0, bound);
  }
  content = scaled_and_shifted(call, content, -1, high);
  content = {call.graph.add_helper(Relu{}, content)};
  Scale back{float_tensor({1}, {-1}), high};
  return like(values, {call.graph.add(back, content)}, call);
}

// A bound that was given and bounds something.
std::optional<Tensor> bound_of(const Call& call, const char* argument,
                               const Symbol& values) {
  if (!call.has(argument)) return {};
  if (call.is_symbolic(argument)) {
    throw Refusal{
        "compares two activations; only bounds that are constants "
        "are supported"};
  }
  Tensor bound = as_parameter(call.item(argument), values->shape);
  if (bound.size() == 1 && std::isinf(bound.to_doubles()[0])) return {};
  return bound;
}

Item clamp_between(Call& call, const Symbol& values, const char* low,
                   const char* high) {
  std::optional<Tensor> least = bound_of(call, low, values);
  std::optional<Tensor> most = bound_of(call, high, values);
  if (least && most && least->size() == 1 && most->size() == 1) {
    return clip(call, values, call.content(values), least->to_doubles()[0],
                most->to_doubles()[0]);
  }
  if (least && most) throw Refusal{"bounds that differ between channels"};
  if (least) return at_least(call, values, *least);
  if (most) return at_most(call, values, *most);
  return like(values, call.content(values), call);
}

Item relu(Call& call) {
  return at_least(call, call.symbol("self"), float_tensor({1}, {0}));
}

Item relu6(Call& call) {
  Symbol values = call.symbol(first_argument(call));
  return clip(call, values, call.content(values), 0, 6);
}

Item clamp(Call& call) {
  return clamp_between(call, call.symbol("self"), "min", "max");
}

Item hardtanh(Call& call) {
  return clamp_between(call, call.symbol("self"), "min_val", "max_val");
}

Item maximum(Call& call) {
  bool is_first = call.is_symbolic("self");
  return clamp_between(call, call.symbol(is_first ? "self" : "other"),
                       is_first ? "other" : "self", "none");
}

Item minimum(Call& call) {
  bool is_first = call.is_symbolic("self");
  return clamp_between(call, call.symbol(is_first ? "self" : "other"), "none",
                       is_first ? "other" : "self");
}

// x where x > threshold, else value.
Item threshold(Call& call) {
  double bound = call.number("threshold");
  if (bound != call.number("value")) {
    throw Refusal{
        "its value differs from its threshold, so it jumps; use ReLU"};
  }
  return at_least(call, call.symbol("self"), float_tensor({1}, {bound}));
}

// clip(x / 6 + 1/2, 0, 1)
Item hardsigmoid(Call& call) {
  Symbol values = call.symbol("self");
  Content content = scaled_and_shifted(call, call.content(values), 1.0 / 6,
                                       float_tensor({1}, {0.5}));
  return clip(call, values, content, 0, 1);
}

Item leaky(Call& call, const Symbol& values, double slope) {
  if (slope == 0) return at_least(call, values, float_tensor({1}, {0}));
  call.graph.ann_only(kNoSpikes);
  Content content = call.content(values);
  return like(values, {call.graph.add(LeakyRelu{slope}, content)}, call);
}

Item leaky_relu(Call& call) {
  return leaky(call, call.symbol("self"), call.number("negative_slope"));
}

// Slopes drawn at random in training; their mean afterwards.
Item rrelu(Call& call) {
  if (call.flag("training")) throw Refusal{"draws its slopes at random"};
  double mean = (call.number("lower") + call.number("upper")) / 2;
  return leaky(call, call.symbol("self"), mean);
}

// relu(x) - slope * relu(-x), a slope per channel.
Item prelu(Call& call) {
  Symbol values = call.symbol("self");
  Tensor slope = call.tensor("weight");
  std::vector<double> slopes = slope.to_doubles();
  bool is_one = true;
  for (double each : slopes) is_one = is_one && each == slopes[0];
  if (is_one) return leaky(call, values, slopes.at(0));
  call.graph.approximate(kFires);
  Content content = call.content(values);
  Content mirrored =
      scaled_and_shifted(call, content, -1, float_tensor({1}, {0}));
  mirrored = {call.graph.add_helper(Relu{}, mirrored)};
  Scale weighted{mapped(slope, [](double each) { return -each; }), {}};
  mirrored = {call.graph.add_helper(weighted, mirrored)};
  Content sum = {call.graph.add(Relu{}, content)};
  return like(values, call.graph.sum(sum, mirrored), call);
}

Item gelu(Call& call) {
  auto kind = call.has("approximate") ? as_text(call.item("approximate"))
                                      : std::optional<std::string>();
  return without_spikes(call, Gelu{kind == "tanh"});
}

Item silu(Call& call) { return without_spikes(call, Silu{}); }
Item sigmoid(Call& call) { return without_spikes(call, Sigmoid{}); }
Item tanh(Call& call) { return without_spikes(call, Tanh{}); }

// Only as the last operator, where it does not change the answer.
Item softmax(Call& call) {
  Symbol values = call.symbol("self");
  int64_t axis = call.axis("dim", values);
  if (axis != 1) {
    throw Refusal{"softmax over axis " + std::to_string(axis) +
                  " has no spiking form"};
  }
  return like(values, {call.graph.add_softmax(call.content(values))}, call);
}

// max(x, other) and min(x, other) share their names with reductions.
Item max(Call& call) {
  if (call.has("other")) return maximum(call);
  return reduce_max(call);
}

Item min(Call& call) {
  if (call.has("other")) return minimum(call);
  throw Refusal{"the minimum over an axis has no conversion"};
}

bool is_sigmoid_of(const GraphBuilder& graph, const Content& gate,
                   const Content& values) {
  const Node* node = only_input(graph, gate);
  return node != nullptr && std::holds_alternative<Sigmoid>(node->op) &&
         node->inputs == values;
}

}  // namespace

std::optional<Item> silu_product(Call& call, const Symbol& a, const Symbol& b) {
  Content first = call.content(a);
  Content second = call.content(b);
  bool is_gated = is_sigmoid_of(call.graph, second, first);
  if (!is_gated && !is_sigmoid_of(call.graph, first, second)) return {};
  if (a->shape != b->shape) return {};
  call.graph.ann_only(kNoSpikes);
  std::string node = call.graph.add(Silu{}, is_gated ? first : second);
  return like(a, {node}, call);
}

void add_activations(Operators& operators) {
  operators["relu"] = {relu};
  operators["relu6"] = {relu6};
  for (const char* name : {"clamp", "clip", "clamp_min", "clamp_max"}) {
    operators[name] = {clamp};
  }
  operators["hardtanh"] = {hardtanh};
  operators["maximum"] = {maximum};
  operators["minimum"] = {minimum};
  operators["max"] = {max};
  operators["min"] = {min};
  operators["threshold"] = {threshold};
  operators["hardsigmoid"] = {hardsigmoid};
  operators["leaky_relu"] = {leaky_relu};
  operators["rrelu"] = {rrelu};
  operators["prelu"] = {prelu};
  operators["gelu"] = {gelu};
  operators["silu"] = {silu};
  operators["sigmoid"] = {sigmoid};
  operators["tanh"] = {tanh};
  for (const char* name :
       {"softmax", "log_softmax", "_softmax", "_log_softmax"}) {
    operators[name] = {softmax};
  }
}

}  // namespace nc::frontend
