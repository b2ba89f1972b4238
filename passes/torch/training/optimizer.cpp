#include "passes/torch/training/optimizer.h"

#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>

#include <cmath>
#include <sstream>

namespace nc {
namespace {

using torch::optim::AdamWParamState;
using torch::optim::SGDParamState;

// LibTorch's key of a parameter's state: its address, in 1.13 as text.
template <class States>
typename States::key_type key_in(const States&, const at::Tensor& parameter) {
  auto* address = parameter.unsafeGetTensorImpl();
  if constexpr (std::is_same_v<typename States::key_type, std::string>) {
    std::ostringstream text;
    text << address;
    return text.str();
  } else {
    return address;
  }
}

std::unique_ptr<torch::optim::Optimizer> make_optimizer(
    const std::vector<Slot*>& slots, const TrainOptions& options) {
  std::vector<at::Tensor> parameters;
  for (const Slot* slot : slots) parameters.push_back(slot->master);
  double rate = options.learning_rate;
  if (options.optimizer == OptimizerKind::sgd) {
    return std::make_unique<torch::optim::SGD>(
        parameters, torch::optim::SGDOptions(rate)
                        .momentum(options.momentum)
                        .weight_decay(options.weight_decay));
  }
  return std::make_unique<torch::optim::AdamW>(
      parameters,
      torch::optim::AdamWOptions(rate).weight_decay(options.weight_decay));
}

at::Tensor found(const NamedTensors& state, const std::string& name) {
  auto entry = state.find(name);
  return entry == state.end() ? at::Tensor() : entry->second.clone();
}

}  // namespace

TrainingOptimizer::TrainingOptimizer(std::vector<Slot*> slots,
                                     const TrainOptions& options)
    : slots_(std::move(slots)),
      kind_(options.optimizer),
      optimizer_(make_optimizer(slots_, options)) {}

TrainingOptimizer::~TrainingOptimizer() = default;

void TrainingOptimizer::step(double learning_rate) {
  for (auto& group : optimizer_->param_groups()) {
    group.options().set_lr(learning_rate);
  }
  optimizer_->step();
}

void TrainingOptimizer::zero_grad() {
  for (Slot* slot : slots_) slot->master.mutable_grad() = at::Tensor();
}

NamedTensors TrainingOptimizer::state() const {
  NamedTensors result;
  const auto& states = optimizer_->state();
  for (const Slot* slot : slots_) {
    auto entry = states.find(key_in(states, slot->master));
    if (entry == states.end()) continue;
    if (kind_ == OptimizerKind::sgd) {
      const auto& each = static_cast<const SGDParamState&>(*entry->second);
      if (each.momentum_buffer().defined()) {
        result[slot->name + ".momentum"] = each.momentum_buffer();
      }
      continue;
    }
    const auto& each = static_cast<const AdamWParamState&>(*entry->second);
    result[slot->name + ".step"] = at::tensor({each.step()}, at::kLong);
    result[slot->name + ".mean"] = each.exp_avg();
    result[slot->name + ".square"] = each.exp_avg_sq();
  }
  return result;
}

void TrainingOptimizer::restore(const NamedTensors& state) {
  auto& states = optimizer_->state();
  for (const Slot* slot : slots_) {
    auto key = key_in(states, slot->master);
    if (at::Tensor buffer = found(state, slot->name + ".momentum");
        buffer.defined()) {
      auto each = std::make_unique<SGDParamState>();
      each->momentum_buffer(buffer);
      states[key] = std::move(each);
    }
    if (at::Tensor step = found(state, slot->name + ".step"); step.defined()) {
      auto each = std::make_unique<AdamWParamState>();
      each->step(step.item().toLong());
      each->exp_avg(found(state, slot->name + ".mean"));
      each->exp_avg_sq(found(state, slot->name + ".square"));
      states[key] = std::move(each);
    }
  }
}

double learning_rate_at(const TrainOptions& options, int64_t step) {
  constexpr double kPi = 3.14159265358979323846;
  double per_epoch = static_cast<double>(options.steps_per_epoch);
  double all = static_cast<double>(options.epochs) * per_epoch;
  double warm = std::min(std::round(options.warmup_epochs * per_epoch), all);
  double now = static_cast<double>(step);
  if (now < warm) return options.learning_rate * (now + 1) / warm;
  if (options.curve == LearningCurve::constant) return options.learning_rate;
  double part = (now - warm) / std::max(all - warm, 1.0);
  return options.learning_rate / 2 * (1 + std::cos(kPi * part));
}

}  // namespace nc
