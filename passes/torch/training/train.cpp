#include "passes/train.h"

#include <ATen/core/grad_mode.h>

#include <array>
#include <chrono>
#include <cmath>
#include <fstream>
#include <optional>

#include "ir/error.h"
#include "passes/torch/fixed_threads.h"
#include "passes/torch/training/checkpoint.h"
#include "passes/torch/training/fresh_weights.h"
#include "passes/torch/training/loss.h"
#include "passes/torch/training/network.h"
#include "passes/torch/training/optimizer.h"
#include "passes/torch/training/replicas.h"

namespace nc {
namespace {

void require_bf16() {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  bool has = false;
  while (!has && std::getline(file, line)) {
    has = line.find("bf16") != std::string::npos;
  }
  if (!has) throw Error("precision bf16: this CPU has no bf16 arithmetic");
  try {
    at::Tensor x = at::ones({1, 1, 4, 4}, at::kBFloat16);
    at::conv2d(x, at::ones({1, 1, 3, 3}, at::kBFloat16));
  } catch (const c10::Error& error) {
    throw Error(std::string("precision bf16: this LibTorch has no such ") +
                "convolutions: " + error.what_without_backtrace());
  }
}

double correct_of(const at::Tensor& logits, const at::Tensor& labels) {
  return logits.argmax(1).eq(labels).to(at::kDouble).sum().item().toDouble();
}

// Samples of the step in all processes.
double samples_of(const TrainBatch& batch) {
  auto own = static_cast<int64_t>(batch.labels.size());
  return static_cast<double>(batch.of > 0 ? batch.of : own);
}

std::string place_of(int64_t step, int64_t epoch) {
  return "step " + std::to_string(step + 1) + " (epoch " +
         std::to_string(epoch + 1) + ")";
}

double gradient_norm(const std::vector<Slot*>& slots) {
  double sum = 0;
  for (const Slot* slot : slots) {
    const at::Tensor& gradient = slot->master.grad();
    if (!gradient.defined()) continue;
    sum += gradient.to(at::kDouble).square().sum().item().toDouble();
  }
  return std::sqrt(sum);
}

void scale_gradients(const std::vector<Slot*>& slots, double factor) {
  for (Slot* slot : slots) {
    if (slot->master.grad().defined()) slot->master.mutable_grad().mul_(factor);
  }
}

class Trainer {
 public:
  Trainer(const Graph& graph, const TrainOptions& options,
          const TrainCallbacks& callbacks)
      : options_(options),
        others_(options.others),
        callbacks_(callbacks),
        network_(graph, options),
        slots_(network_.trained()),
        optimizer_(slots_, options) {}

  TrainResult run() {
    require_same(others_, options_.identity);
    require_same(others_, remembered());
    options_.resume ? take_up() : start();
    TrainResult result;
    result.first = now_.step;
    while (now_.step < all_steps()) {
      learn_step();
      bool ends = now_.step % options_.steps_per_epoch == 0;
      if (ends) end_epoch();
      bool stops = any_of(others_, callbacks_.stop && callbacks_.stop());
      if (stops || is_due()) write_checkpoint();
      if (stops) any_of(others_, true);  // none ends before it is written
      if (stops && now_.step < all_steps()) return told(std::move(result));
    }
    restore(best_);
    result.graph = network_.graph();
    result.finished = true;
    return told(std::move(result));
  }

 private:
  using Clock = std::chrono::steady_clock;

  int64_t all_steps() const {
    return options_.epochs * options_.steps_per_epoch;
  }

  TrainResult told(TrainResult result) const {
    result.steps = now_.step;
    result.best_epoch = now_.best_epoch;
    result.best = now_.best;
    result.before = now_.before;
    return result;
  }

  void start() {
    best_ = snapshot();
    if (!callbacks_.validate) return;
    name_sums("the validation before training");
    now_.before = now_.best = callbacks_.validate(network_.graph());
    if (callbacks_.on_epoch) callbacks_.on_epoch({0, 0, 0, now_.before});
  }

  void take_up() {
    NamedTensors like = snapshot();
    std::optional<Checkpoint> own;
    if (is_first(others_)) {
      own = load_checkpoint(options_.checkpoint, options_.identity, like);
    }
    Checkpoint checkpoint = of_first(others_, std::move(own), like);
    now_ = checkpoint.progressed;
    if (now_.step < 0 || now_.step > all_steps()) {
      throw Error(checkpoint_path(options_.checkpoint) +
                  ": expected from 0 to " + std::to_string(all_steps()) +
                  " steps, found " + std::to_string(now_.step));
    }
    restore(checkpoint.now);
    best_ = checkpoint.best;
    optimizer_.restore(checkpoint.optimizer);
    if (callbacks_.on_resume) callbacks_.on_resume(now_.step, now_.processes);
  }

  void name_sums(const std::string& what) const {
    if (others_) others_->name_sums(what);
  }

  void learn_step() {
    StepReport report;
    report.step = now_.step;
    report.epoch = now_.step / options_.steps_per_epoch;
    report.learning_rate = learning_rate_at(options_, now_.step);
    name_sums("the gradients of " + place_of(report.step, report.epoch));
    TrainBatch batch = callbacks_.batch(report.epoch, report.step);
    at::Tensor input = network_.input_of(batch.input);
    at::Tensor labels;
    optimizer_.zero_grad();
    auto [loss, trace] = network_.learn(input, [&](const Trace& found) {
      Wanted wanted = wanted_of(batch, found.logits.size(1), options_);
      labels = wanted.labels;
      return loss_of(found, wanted, options_);
    });
    std::array<double, 2> sums = {loss.item().toDouble(),
                                  correct_of(trace.logits, labels)};
    if (others_) others_->add_up(sums.data(), 2);
    add_up_gradients(others_, slots_);
    report.loss = sums[0];
    report.accuracy = sums[1] / samples_of(batch);
    report.gradient_norm = gradient_norm(slots_);
    require_finite(report, input);
    if (options_.clip > 0 && report.gradient_norm > options_.clip) {
      scale_gradients(slots_, options_.clip / report.gradient_norm);
    }
    optimizer_.step(report.learning_rate);
    network_.keep_within_limits();
    if (now_.step % options_.steps_per_epoch == 0) {
      now_.loss = now_.accuracy = 0;
    }
    now_.loss += report.loss;
    now_.accuracy += report.accuracy;
    ++now_.step;
    if (callbacks_.on_step) callbacks_.on_step(report);
  }

  void require_finite(const StepReport& report, const at::Tensor& input) {
    bool loss = std::isfinite(report.loss);
    if (loss && std::isfinite(report.gradient_norm)) return;
    std::string place = place_of(report.step, report.epoch) + ": ";
    if (!loss) {
      std::string node = first_not_finite(input);
      throw Error(place +
                  "the loss is not finite; the first such value is of " +
                  (node.empty() ? "the loss" : "node '" + node + "'"));
    }
    for (const Slot* slot : slots_) {
      const at::Tensor& gradient = slot->master.grad();
      if (!gradient.defined() || gradient.isfinite().all().item().toBool()) {
        continue;
      }
      throw Error(place + "the gradient of " + slot->name + " is not finite");
    }
    throw Error(place + "the sum of the gradients' squares is not finite");
  }

  // In any process.
  std::string first_not_finite(const at::Tensor& input) {
    const Graph graph = network_.graph();
    auto none = static_cast<int64_t>(graph.nodes.size());
    std::string node = network_.first_not_finite(input);
    auto place =
        node.empty() ? none : static_cast<int64_t>(index_of(graph, node));
    place = least_of(others_, place);
    return place == none ? "" : graph.nodes[static_cast<size_t>(place)].name;
  }

  void end_epoch() {
    name_sums("what epoch " +
              std::to_string(now_.step / options_.steps_per_epoch) + " gave");
    require_same(others_, remembered());
    network_.require_exact();
    double count = static_cast<double>(options_.steps_per_epoch);
    EpochReport report;
    report.epoch = now_.step / options_.steps_per_epoch;
    report.loss = now_.loss / count;
    report.accuracy = now_.accuracy / count;
    if (callbacks_.validate) {
      report.validation = callbacks_.validate(network_.graph());
    }
    if (!callbacks_.validate || report.validation >= now_.best) {
      now_.best = report.validation;
      now_.best_epoch = report.epoch;
      best_ = snapshot();
    }
    if (callbacks_.on_epoch) callbacks_.on_epoch(report);
  }

  bool is_due() const {
    if (options_.checkpoint.empty() || !is_first(others_)) return false;
    int64_t every = options_.checkpoint_steps;
    if (every > 0 && now_.step % every == 0) return true;
    std::chrono::duration<double, std::ratio<60>> since = Clock::now() - saved_;
    return options_.checkpoint_minutes > 0 &&
           since.count() >= options_.checkpoint_minutes;
  }

  void write_checkpoint() {
    if (options_.checkpoint.empty() || !is_first(others_)) return;
    now_.processes = others_ ? others_->size() : 1;
    save_checkpoint({now_, snapshot(), best_, optimizer_.state()},
                    options_.identity, options_.checkpoint);
    saved_ = Clock::now();
  }

  std::vector<Slot*> remembered() {
    std::vector<Slot*> all = slots_;
    for (Slot* slot : network_.running()) all.push_back(slot);
    return all;
  }

  NamedTensors snapshot() {
    NamedTensors tensors;
    for (const Slot* slot : remembered()) {
      tensors[slot->name] = slot->master.detach().clone();
    }
    return tensors;
  }

  void restore(const NamedTensors& tensors) {
    at::NoGradGuard guard;
    for (Slot* slot : remembered()) slot->master.copy_(tensors.at(slot->name));
  }

  const TrainOptions& options_;
  Processes* others_;
  const TrainCallbacks& callbacks_;
  TrainableNetwork network_;
  std::vector<Slot*> slots_;
  TrainingOptimizer optimizer_;
  Progressed now_;
  NamedTensors best_;
  Clock::time_point saved_ = Clock::now();
};

std::vector<double> doubles(const at::Tensor& tensor) {
  at::Tensor flat = tensor.detach().to(at::kDouble).contiguous();
  const double* first = flat.data_ptr<double>();
  return {first, first + flat.numel()};
}

Graph prepared(Graph graph, const TrainOptions& options) {
  if (options.precision == Precision::bf16) {
    if (is_quantized(graph)) {
      throw Error(
          "precision bf16 does not hold the integers of a quantised "
          "network: use f32");
    }
    require_bf16();
  }
  if (!options.from_scratch) return graph;
  return with_fresh_weights(std::move(graph), options.seed);
}

}  // namespace

TrainResult train(Graph graph, const TrainOptions& options,
                  const TrainCallbacks& callbacks) {
  if (options.steps_per_epoch < 1 || options.epochs < 1) {
    throw Error("expected at least one epoch of one step");
  }
  FixedThreads threads(options.threads);
  graph = prepared(std::move(graph), options);
  return Trainer(graph, options, callbacks).run();
}

Gradients gradients(const Graph& graph, const TrainOptions& options,
                    const TrainBatch& batch) {
  FixedThreads threads(options.threads);
  TrainableNetwork network(prepared(graph, options), options);
  auto [loss, trace] =
      network.learn(network.input_of(batch.input), [&](const Trace& found) {
        Wanted wanted = wanted_of(batch, found.logits.size(1), options);
        return loss_of(found, wanted, options);
      });
  Gradients result;
  result.loss = loss.item().toDouble();
  result.logits = doubles(trace.logits);
  for (const Slot* slot : network.trained()) {
    at::Tensor gradient = slot->master.grad();
    if (!gradient.defined()) gradient = at::zeros_like(slot->master);
    result.entries.push_back({slot->name, slot->master.sizes().vec(),
                              doubles(slot->value()),
                              doubles(gradient * slot->unit)});
  }
  return result;
}

}  // namespace nc
