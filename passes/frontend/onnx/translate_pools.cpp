// Pools, and reductions over axes.
#include <algorithm>

#include "ir/shapes.h"
#include "passes/frontend/constant.h"
#include "passes/frontend/onnx/node_call.h"
#include "passes/frontend/onnx/window.h"

namespace nc::onnx {
namespace {

using namespace frontend;

std::string with_axes(const std::string& name, size_t axes) {
  if (axes < 1 || axes > 2) {
    throw Refusal{"only pools over 1 and 2 axes are supported"};
  }
  return name + std::to_string(axes) + "d";
}

// How a pool that pads unlike on both sides is done by one that pads alike: by
// at least as much as before, so that some windows at the start are left out,
// and with windows that hang over the end (ceil_mode), of which as many are
// kept as are meant. What lies beyond the border counts for nothing.
struct Plan {
  bool ceil_mode = false;
  Shape padding;
  Shape skipped;  // windows per axis, at the start
  Shape counts;   // those that are kept; empty: all
};

// One axis of it, for the padding `before + skipped * stride`.
bool reaches(const Window& window, size_t axis, int64_t size, int64_t skipped,
             int64_t count) {
  int64_t padding = window.before[axis] + skipped * window.stride[axis];
  int64_t windows = window_count(size, window.kernel[axis], window.stride[axis],
                                 padding, window.dilation[axis], true);
  return windows - skipped >= count;
}

void plan_axis(const Window& window, size_t axis, int64_t size, Plan& plan) {
  int64_t reach = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
  int64_t room = size + window.before[axis] + window.after[axis] - reach;
  int64_t count = room < 0 ? 0 : room / window.stride[axis] + 1;
  int64_t most =
      (window.kernel[axis] / 2 - window.before[axis]) / window.stride[axis];
  int64_t skipped = 0;
  while (skipped < most && !reaches(window, axis, size, skipped, count)) {
    ++skipped;
  }
  if (count < 1 || !reaches(window, axis, size, skipped, count)) {
    throw Refusal{"has windows that lie too far in its padding"};
  }
  plan.padding.push_back(window.before[axis] + skipped * window.stride[axis]);
  plan.skipped.push_back(skipped);
  plan.counts.push_back(count);
}

Plan plan_of(const Window& window, const Shape& shape, bool ceil_mode) {
  if (window.is_symmetric()) return {ceil_mode, window.before, {}, {}};
  if (ceil_mode) throw Refusal{"pads unlike on both sides, with ceil_mode"};
  Plan plan{true, {}, {}, {}};
  for (size_t i = 0; i < window.kernel.size(); ++i) {
    plan_axis(window, i, shape[i + 2], plan);
  }
  return plan;
}

Item meant_part(NodeCall& node, Item values, const Plan& plan) {
  for (size_t i = 0; i < plan.counts.size(); ++i) {
    int64_t axis = static_cast<int64_t>(i) + 2;
    int64_t end = plan.skipped[i] + plan.counts[i];
    values = node.apply("slice", {{"self", values},
                                  {"dim", make_integer(axis)},
                                  {"start", make_integer(plan.skipped[i])},
                                  {"end", make_integer(end)},
                                  {"step", make_integer(1)}});
  }
  return values;
}

Item max_pool(NodeCall& node) {
  node.ignore("storage_order");
  Window window = window_of(node, {});
  bool ceil_mode = node.integer("ceil_mode", 0) != 0;
  Plan plan = plan_of(window, node.shape(0), ceil_mode);
  std::string op = with_axes("max_pool", window.kernel.size());
  Item pooled = node.apply(op, {{"self", node.input(0)},
                                {"kernel_size", make_integers(window.kernel)},
                                {"stride", make_integers(window.stride)},
                                {"padding", make_integers(plan.padding)},
                                {"dilation", make_integers(window.dilation)},
                                {"ceil_mode", make_flag(plan.ceil_mode)}});
  pooled = meant_part(node, pooled, plan);
  if (node.outputs() < 2) return pooled;
  return make_tuple({pooled, node.unreadable(pooled)});
}

// Zeros that count as values, as a node of their own.
Item padded(NodeCall& node, const Window& window) {
  if (!node.is_symbolic(0)) throw Refusal{"pools a constant"};
  Symbol values = std::get<Symbol>(node.input(0));
  Pad pad{window.before, window.after};
  pad.before.insert(pad.before.begin(), 0);
  pad.after.insert(pad.after.begin(), 0);
  std::string name = node.graph().add_helper(pad, read(node.graph(), values));
  return make_symbol(node.graph(), node.batch(), {name});
}

// More than a pool of the IR may pad.
bool pads_much(const Window& window) {
  for (size_t i = 0; i < window.kernel.size(); ++i) {
    if (window.before[i] > window.kernel[i] / 2) return true;
  }
  return false;
}

Item average_pool(NodeCall& node) {
  Window window = window_of(node, {});
  bool has_gaps = std::any_of(window.dilation.begin(), window.dilation.end(),
                              [](int64_t each) { return each != 1; });
  if (has_gaps) {
    throw Refusal{"averages windows with gaps (dilations)"};
  }
  std::string op = with_axes("avg_pool", window.kernel.size());
  bool ceil_mode = node.integer("ceil_mode", 0) != 0;
  bool counts_pads = node.integer("count_include_pad", 0) != 0;
  Item values = node.input(0);
  Plan plan{ceil_mode, window.before, {}, {}};
  if (!counts_pads) {
    plan = plan_of(window, node.shape(0), ceil_mode);
  } else if (!window.is_symmetric() || pads_much(window)) {
    values = padded(node, window);
    plan.padding.assign(plan.padding.size(), 0);
  }
  Item pooled = node.apply(op, {{"self", values},
                                {"kernel_size", make_integers(window.kernel)},
                                {"stride", make_integers(window.stride)},
                                {"padding", make_integers(plan.padding)},
                                {"ceil_mode", make_flag(plan.ceil_mode)},
                                {"count_include_pad", make_flag(counts_pads)},
                                {"divisor_override", make_none()}});
  return meant_part(node, pooled, plan);
}

Item pool_all(NodeCall& node, const std::string& name) {
  size_t rank = node.shape(0).size();
  size_t axes = rank < 2 ? 0 : rank - 2;
  return node.apply(with_axes(name, axes),
                    {{"self", node.input(0)},
                     {"output_size", make_integers(Shape(axes, 1))}});
}

Item global_average_pool(NodeCall& node) {
  return pool_all(node, "adaptive_avg_pool");
}

Item global_max_pool(NodeCall& node) {
  Item results = pool_all(node, "adaptive_max_pool");
  return std::get<std::shared_ptr<Tuple>>(results)->items.at(0);
}

// The axes are an input since the operator set `since`. None at all mean all,
// unless the node says that they mean nothing.
Item reduce(NodeCall& node, const char* op, int64_t since) {
  std::optional<Shape> axes = node.integers_since(since, "axes", 1);
  bool keep = node.integer("keepdims", 1) != 0;
  bool is_nothing = node.integer("noop_with_empty_axes", 0) != 0;
  if (!axes || axes->empty()) {
    if (is_nothing) return node.input(0);
    axes = Shape();
    for (size_t i = 0; i < node.shape(0).size(); ++i) {
      axes->push_back(static_cast<int64_t>(i));
    }
  }
  return node.apply(op, {{"self", node.input(0)},
                         {"dim", make_integers(*axes)},
                         {"keepdim", make_flag(keep)}});
}

Item reduce_mean(NodeCall& node) { return reduce(node, "mean", 18); }
Item reduce_sum(NodeCall& node) { return reduce(node, "sum", 13); }
Item reduce_max(NodeCall& node) { return reduce(node, "amax", 18); }
Item reduce_min(NodeCall& node) { return reduce(node, "amin", 18); }
Item reduce_product(NodeCall& node) { return reduce(node, "prod", 18); }
Item reduce_norm(NodeCall& node) {
  return reduce(node, "linalg_vector_norm", 18);
}

}  // namespace

void add_pools(Translations& translations) {
  translations["MaxPool"] = max_pool;
  translations["AveragePool"] = average_pool;
  translations["GlobalAveragePool"] = global_average_pool;
  translations["GlobalMaxPool"] = global_max_pool;
  translations["ReduceMean"] = reduce_mean;
  translations["ReduceSum"] = reduce_sum;
  translations["ReduceMax"] = reduce_max;
  translations["ReduceMin"] = reduce_min;
  translations["ReduceProd"] = reduce_product;
  translations["ReduceL2"] = reduce_norm;
}

}  // namespace nc::onnx
