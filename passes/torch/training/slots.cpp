#include "passes/torch/training/slots.h"

#include <ATen/core/grad_mode.h>

#include "passes/torch/training/surrogate.h"
#include "passes/torch/training/units.h"
#include "passes/weighted.h"
#include "runtime/torch/evaluate.h"

namespace nc {
namespace {

constexpr double kDecayUnit = 1.0 / 4096;
constexpr double kMostBias = 1 << 30;

bool is_decay(const Slot& slot) { return slot.field == "decay"; }
bool is_threshold(const Slot& slot) { return slot.field == "threshold"; }
bool is_weight(const Slot& slot) { return slot.field == "weight"; }

class SlotMaker {
 public:
  SlotMaker(const Graph& graph, const TrainOptions& options)
      : graph_(graph),
        options_(options),
        whole_(is_quantized(graph)),
        bits_(whole_ ? weight_bits(graph) : 0) {}

  std::vector<Slot> slots_of(size_t node) const {
    std::vector<Slot> slots;
    std::visit(
        [&](const auto& op) {
          for_each_field(op, [&](const auto& field, const auto& value) {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>,
                                         Tensor>) {
              if (!value.empty()) {
                slots.push_back(slot_of(node, field.name, value));
              }
            }
          });
        },
        graph_.nodes[node].op);
    return slots;
  }

 private:
  Slot slot_of(size_t node, const std::string& field,
               const Tensor& stored) const {
    at::TensorOptions numbers(whole_ ? at::kDouble : at::kFloat);
    Slot slot;
    slot.name = graph_.nodes[node].name + "." + field;
    slot.field = field;
    slot.is_whole = whole_;
    slot.is_trained = is_trained(graph_.nodes[node].op, slot);
    slot.unit = slot.is_trained ? unit_of(node, slot, stored).to(numbers)
                                : at::ones({1}, numbers);
    slot.master = to_torch(stored, numbers) * slot.unit;
    if (!slot.is_trained) return slot;
    set_limits(node, slot);
    slot.master.requires_grad_();
    return slot;
  }

  // Shaped to broadcast against the stored tensor.
  at::Tensor unit_of(size_t node, const Slot& slot,
                     const Tensor& stored) const {
    if (graph_.run.timesteps == 0) return at::ones({1}, at::kDouble);
    if (is_decay(slot)) {
      return at::full({1}, whole_ ? kDecayUnit : 1.0, at::kDouble);
    }
    const Op& op = graph_.nodes[node].op;
    int64_t channels = stored.shape().front();
    std::vector<double> theta;
    if (const Neuron* neuron = as_neuron(op)) {
      theta = neuron->threshold.to_doubles();
      return at::tensor(theta, at::kDouble)
          .reciprocal_()
          .reshape(stored.shape());
    }
    if (!weighted(op)) return at::ones({1}, at::kDouble);
    theta = threshold_behind(graph_, node, channels);
    std::vector<int64_t> sizes(stored.shape().size(), 1);
    if (theta.size() > 1) sizes[0] = channels;
    double reach = is_weight(slot) ? reach_of(graph_, node) : 1;
    return (reach / at::tensor(theta, at::kDouble)).reshape(sizes);
  }

  bool is_trained(const Op& op, const Slot& slot) const {
    if (slot.field == "mean" || slot.field == "variance") return false;
    if (is_decay(slot)) return options_.train_leaks;
    if (as_neuron(op)) return options_.train_thresholds;
    return true;
  }

  void set_limits(size_t node, Slot& slot) const {
    if (is_decay(slot)) {
      slot.low = at::zeros_like(slot.master);
      slot.high = at::ones_like(slot.master);
    } else if (is_threshold(slot)) {
      at::Tensor small = slot.master.abs().max() * 1e-4;
      slot.low = whole_ ? slot.unit : small.expand_as(slot.master).clone();
    } else if (whole_) {
      slot.high = slot.unit * largest(graph_.nodes[node].op, slot);
      slot.low = -slot.high;
    }
  }

  // A scale on a skip has 16 bits (passes/quantize.h).
  double largest(const Op& op, const Slot& slot) const {
    if (!is_weight(slot)) return kMostBias;
    bool skip = std::holds_alternative<Scale>(op);
    int64_t bits = skip ? std::max<int64_t>(bits_, 16) : bits_;
    return static_cast<double>((int64_t{1} << (bits - 1)) - 1);
  }

  const Graph& graph_;
  const TrainOptions& options_;
  bool whole_;
  int64_t bits_;
};

}  // namespace

// A running mean is the master itself, which batch norm updates.
at::Tensor Slot::value() const {
  if (!is_trained) return master;
  at::Tensor real = master / unit;
  if (!is_whole) return real;
  return straight_through(real, real.detach().round());
}

Tensor Slot::stored() const {
  at::Tensor now = value().detach().to(at::kDouble).contiguous();
  const double* first = now.data_ptr<double>();
  Shape shape = now.sizes().vec();
  if (!is_whole) {
    return float_tensor(shape, std::vector<double>(first, first + now.numel()));
  }
  return integer_tensor(shape,
                        std::vector<int64_t>(first, first + now.numel()));
}

void Slot::keep_within_limits() {
  at::NoGradGuard guard;
  if (low.defined()) master.copy_(at::maximum(master, low));
  if (high.defined()) master.copy_(at::minimum(master, high));
}

std::vector<std::vector<Slot>> make_slots(const Graph& graph,
                                          const TrainOptions& options) {
  SlotMaker maker(graph, options);
  std::vector<std::vector<Slot>> slots;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    slots.push_back(maker.slots_of(i));
  }
  return slots;
}

Graph with_values(Graph graph, const std::vector<std::vector<Slot>>& slots) {
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    auto next = slots[i].begin();
    std::visit(
        [&](auto& op) {
          for_each_field(op, [&](const auto&, auto& value) {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>,
                                         Tensor>) {
              if (!value.empty()) value = (next++)->stored();
            }
          });
        },
        graph.nodes[i].op);
  }
  return graph;
}

}  // namespace nc
