#include "passes/torch/training/current_limit.h"

#include <ATen/core/grad_mode.h>

#include <map>
#include <set>

#include "ir/error.h"
#include "ir/shapes.h"
#include "ir/widths.h"
#include "passes/scale_groups.h"
#include "passes/weighted.h"

namespace nc {
namespace {

Slot* slot_named(std::vector<Slot>& slots, const std::string& field) {
  for (Slot& slot : slots) {
    if (slot.field == field) return &slot;
  }
  return nullptr;
}

// [channels, everything else]; one number stands for all channels.
at::Tensor rows(const at::Tensor& values, int64_t channels) {
  if (values.numel() == 1) return values.reshape({1, 1}).expand({channels, 1});
  return values.reshape({channels, -1});
}

void scale(Slot* slot, const at::Tensor& factor) {
  if (!slot) return;
  std::vector<int64_t> sizes(static_cast<size_t>(slot->master.dim()), 1);
  bool shared = slot->master.size(0) != factor.size(0);
  if (!shared) sizes[0] = factor.size(0);
  slot->master.mul_(shared ? factor.min() : factor.reshape(sizes));
}

}  // namespace

CurrentLimit::CurrentLimit(const Graph& graph,
                           std::vector<std::vector<Slot>>& slots, int64_t limit)
    : limit_(static_cast<double>(limit)) {
  if (limit == 0) return;
  std::map<std::string, Interval> values;
  for (const Width& width : widths(graph)) values[width.node] = width.value;
  std::map<std::string, Shape> shapes = infer_shapes(graph);
  ScaleGroups groups(graph);
  std::set<std::string> seen;
  for (const Node& node : graph.nodes) {
    if (!weighted(node.op) || seen.contains(node.name)) continue;
    std::vector<Layer> layers;
    for (const std::string& name : groups.members(node.name)) {
      seen.insert(name);
      size_t index = index_of(graph, name);
      Layer layer;
      layer.is_scale = std::holds_alternative<Scale>(graph.nodes[index].op);
      layer.weight = slot_named(slots[index], "weight");
      layer.bias = slot_named(slots[index], layer.is_scale ? "offset" : "bias");
      layer.channels = shapes.at(name)[0];
      for (const std::string& input : graph.nodes[index].inputs) {
        const Interval& value = values.at(source_of(input));
        layer.may_be_negative |= value.low < 0;
        layer.reach +=
            static_cast<double>(std::max(std::abs(value.low), value.high));
      }
      layers.push_back(layer);
    }
    groups_.push_back(std::move(layers));
  }
}

at::Tensor CurrentLimit::current_of(const Layer& layer) {
  at::Tensor weight = rows(layer.weight->value(), layer.channels);
  at::Tensor side;
  if (layer.is_scale) {
    side = weight.abs().amax(1);
  } else {
    at::Tensor up = weight.clamp_min(0).sum(1);
    at::Tensor down = weight.clamp_max(0).sum(1).neg();
    side = layer.may_be_negative ? up + down : at::maximum(up, down);
  }
  at::Tensor current = side * layer.reach;
  if (!layer.bias) return current;
  return current + rows(layer.bias->value(), layer.channels).abs().amax(1);
}

void CurrentLimit::keep() {
  constexpr int kAttempts = 20;
  constexpr double kRoom = 0.999;  // rounding may bring more again
  at::NoGradGuard guard;
  for (const std::vector<Layer>& layers : groups_) {
    for (int attempt = 0;; ++attempt) {
      at::Tensor current = current_of(layers.front());
      for (size_t i = 1; i < layers.size(); ++i) {
        current = current + current_of(layers[i]);
      }
      if (!current.gt(limit_).any().item().toBool()) break;
      if (attempt == kAttempts) {
        throw Error(layers.front().weight->name +
                    ": cannot be kept within the limit of the chip's sums");
      }
      at::Tensor factor = at::where(
          current.gt(limit_), limit_ * kRoom / current, at::ones_like(current));
      for (const Layer& layer : layers) {
        scale(layer.weight, factor);
        scale(layer.bias, factor);
      }
    }
  }
}

}  // namespace nc
