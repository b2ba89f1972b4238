#include "passes/torch/training/network.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "ir/error.h"
#include "ir/shapes.h"
#include "ir/widths.h"
#include "passes/torch/training/batch_norm.h"

namespace nc {
namespace {

constexpr int kFloatBits = 25;   // sign and 2^24
constexpr int kDoubleBits = 54;  // sign and 2^53
constexpr int kRoomBits = 2;     // for weights to grow

// What a layer of spiking neurons keeps to itself may need more bits than what
// it receives and sends.
bool keeps_membranes(const Graph& graph, const Width& width) {
  return as_neuron(graph.nodes[index_of(graph, width.node)].op) != nullptr;
}

// Bits of the widest value that nodes hand on, and where it is; readouts are
// f64.
std::pair<int, std::string> widest_sum(const Graph& graph) {
  std::pair<int, std::string> widest;
  for (const Width& width : widths(graph)) {
    int bits = std::max(width.accumulator_bits, bits_for(width.value));
    if (width.node != graph.output().name && !keeps_membranes(graph, width)) {
      bits = std::max(bits, width.membrane_bits);
    }
    if (bits > widest.first) widest = {bits, width.node};
  }
  return widest;
}

void require_bits(int bits, const std::string& node) {
  if (bits + kRoomBits <= kDoubleBits) return;
  throw Error("node '" + node + "': training holds sums of up to " +
              std::to_string(kDoubleBits - kRoomBits) + " bits, found " +
              std::to_string(bits));
}

at::ScalarType dtype_for(const Graph& graph) {
  if (!is_quantized(graph)) return at::kFloat;
  auto [bits, node] = widest_sum(graph);
  require_bits(bits, node);
  return bits + kRoomBits <= kFloatBits ? at::kFloat : at::kDouble;
}

}  // namespace

TrainableNetwork::TrainableNetwork(const Graph& graph,
                                   const TrainOptions& options)
    : graph_(graph),
      options_(options),
      surrogate_(surrogate_of(options)),
      integers_(is_quantized(graph)),
      exact_(is_spiking(graph) && graph.run.schedule == Schedule::exact),
      steps_(std::max<int64_t>(graph.run.timesteps, 1)),
      slots_(make_slots(graph_, options_)),
      current_limit_(graph_, slots_, integers_ ? options.current_limit : 0),
      evaluator_(graph_, dtype_for(graph), at::kCPU),
      output_(index_of(graph_, graph_.output().name)),
      scale_(std::get<Output>(graph_.output().op).scale),
      values_(graph.nodes.size()) {
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    std::vector<size_t> sources;
    last_reader_.push_back(i);
    for (const std::string& input : graph_.nodes[i].inputs) {
      feeds_back_ |= is_feedback(input);
      sources.push_back(index_of(graph_, source_of(input)));
    }
    for (size_t source : sources) {
      size_t& last = last_reader_[std::min(source, i)];
      last = std::max(last, i);
    }
    sources_.push_back(sources);
  }
  require_trainable();
  choose_membrane_types();
}

void TrainableNetwork::require_trainable() const {
  for (const Node& node : graph_.nodes) {
    const Neuron* neuron = as_neuron(node.op);
    bool leaks = std::holds_alternative<Lif>(node.op) ||
                 std::holds_alternative<Li>(node.op);
    bool resets = neuron && neuron->reset != Reset::subtract;
    if (exact_ && (leaks || resets || feeds_back_)) {
      throw Error("node '" + node.name +
                  "': schedule=exact needs neurons without leak and "
                  "feedback, reset by subtraction");
    }
    if (std::holds_alternative<Delay>(node.op)) {
      throw Error("node '" + node.name +
                  "': training does not go through a delay");
    }
    bool splits = options_.time_chunk > 0 && options_.time_chunk < steps_;
    if (splits && std::holds_alternative<BatchNorm>(node.op)) {
      throw Error("node '" + node.name + "': batch_norm has the statistics " +
                  "of all steps, which chunks of time do not see: run nc-fold");
    }
  }
  if (trained_count() == 0) {
    throw Error("the graph has no parameter that could be trained");
  }
}

size_t TrainableNetwork::trained_count() const {
  size_t count = 0;
  for (const auto& each : slots_) {
    count += static_cast<size_t>(
        std::count_if(each.begin(), each.end(),
                      [](const Slot& slot) { return slot.is_trained; }));
  }
  return count;
}

std::vector<Slot*> TrainableNetwork::trained() {
  std::vector<Slot*> found;
  for (auto& each : slots_) {
    for (Slot& slot : each) {
      if (slot.is_trained) found.push_back(&slot);
    }
  }
  return found;
}

std::vector<Slot*> TrainableNetwork::running() {
  std::vector<Slot*> found;
  for (auto& each : slots_) {
    for (Slot& slot : each) {
      if (slot.field == "mean" || slot.field == "variance") {
        found.push_back(&slot);
      }
    }
  }
  return found;
}

void TrainableNetwork::keep_within_limits() {
  for (Slot* slot : trained()) slot->keep_within_limits();
  current_limit_.keep();
}

// Membranes that f32 does not hold are f64, thresholds and leaks with them,
// though all else be f32.
void TrainableNetwork::choose_membrane_types() {
  membrane_types_.assign(graph_.nodes.size(), scalar_type());
  if (!integers_) return;
  for (const Width& width : widths(graph_)) {
    if (!keeps_membranes(graph_, width)) continue;
    require_bits(width.membrane_bits, width.node);
    if (width.membrane_bits + kRoomBits <= kFloatBits) continue;
    membrane_types_[index_of(graph_, width.node)] = at::kDouble;
  }
}

void TrainableNetwork::require_exact() const {
  if (!integers_) return;
  const Graph trained = graph();
  auto require = [](int bits, at::ScalarType type, const std::string& node) {
    if (bits <= (type == at::kDouble ? kDoubleBits : kFloatBits)) return;
    throw Error("node '" + node + "': training has made sums of " +
                std::to_string(bits) + " bits, more than its numbers hold; " +
                "use a lower --lr");
  };
  auto [bits, node] = widest_sum(trained);
  require(bits, scalar_type(), node);
  for (const Width& width : widths(trained)) {
    if (!keeps_membranes(trained, width)) continue;
    require(width.membrane_bits, membrane_types_[index_of(trained, width.node)],
            width.node);
  }
}

at::Tensor TrainableNetwork::input_of(const Batch& batch) const {
  const Shape& expected = std::get<Input>(graph_.input().op).shape;
  if (batch.shape != expected) {
    throw Error("node '" + graph_.input().name + "': expected samples of " +
                to_string(expected) + ", found " + to_string(batch.shape));
  }
  if (batch.steps != 1 && batch.steps != steps_) {
    throw Error("expected inputs of 1 or " + std::to_string(steps_) +
                " steps, found " + std::to_string(batch.steps));
  }
  Shape shape = batch.shape;
  shape.insert(shape.begin(), {batch.samples, batch.steps});
  auto* data = const_cast<float*>(batch.values.data());
  at::Tensor values = at::from_blob(data, shape, at::kFloat)
                          .to(evaluator_.options().dtype(), false, true)
                          .transpose(0, 1)
                          .contiguous();
  if (!exact_) return values;
  at::Tensor total = values.sum(0, /*keepdim=*/true);
  return batch.steps == 1 ? total * static_cast<double>(steps_) : total;
}

at::Tensor TrainableNetwork::value(size_t node,
                                   const std::string& field) const {
  for (size_t i = 0; i < slots_[node].size(); ++i) {
    if (slots_[node][i].field == field) return values_[node][i];
  }
  return {};
}

bool TrainableNetwork::runs_in_bf16(const Op& op) const {
  return options_.precision == Precision::bf16 &&
         (std::holds_alternative<Affine>(op) ||
          std::holds_alternative<Conv1d>(op) ||
          std::holds_alternative<Conv2d>(op));
}

// Made anew for every pass: they belong to its gradients.
void TrainableNetwork::use_parameters() {
  for (size_t i = 0; i < slots_.size(); ++i) {
    values_[i].clear();
    for (const Slot& slot : slots_[i]) {
      at::Tensor now = slot.value().to(membrane_types_[i]);
      bool image = options_.channels_last && now.dim() == 4;
      values_[i].push_back(
          image ? now.contiguous(at::MemoryFormat::ChannelsLast) : now);
    }
    at::Tensor weight = value(i, "weight");
    if (!weight.defined()) continue;
    const Op& op = graph_.nodes[i].op;
    if (std::holds_alternative<BatchNorm>(op)) continue;
    bool scale = std::holds_alternative<Scale>(op);
    at::Tensor bias = value(i, scale ? "offset" : "bias");
    if (bias.defined()) bias = evaluator_.aligned(bias, i);
    if (runs_in_bf16(op)) {
      evaluator_.replace(i, weight.to(at::kBFloat16), {});
    } else {
      evaluator_.replace(i, scale ? evaluator_.aligned(weight, i) : weight,
                         bias);
    }
  }
}

void TrainableNetwork::watch(size_t node, const at::Tensor& values) {
  if (!not_finite_.empty() || values.isfinite().all().item().toBool()) return;
  not_finite_ = graph_.nodes[node].name;
}

std::string TrainableNetwork::first_not_finite(const at::Tensor& input) {
  at::NoGradGuard guard;
  not_finite_.clear();
  watching_ = true;
  forward(input, /*training=*/false);
  watching_ = false;
  return not_finite_;
}

}  // namespace nc
