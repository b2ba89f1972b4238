#include "runtime/cpu/engine.h"

#include <algorithm>
#include <atomic>
#include <optional>

#include "ir/error.h"
#include "ir/shapes.h"
#include "ir/verify.h"
#include "runtime/cpu/float_engine.h"
#include "runtime/cpu/roofline.h"
#include "runtime/cpu/session.h"
#include "runtime/parallel.h"

namespace nc {
namespace {

// So many cells of the widest value are computed side by side.
constexpr int64_t kCellsAtOnce = 1024 << 10;
constexpr int64_t kMostSamples = 32;

// How a batch is cut: sessions, side by side, of so many samples and steps.
struct Cut {
  int sessions = 1;
  SessionOptions each;
};

int64_t widest(const Plan& plan) {
  int64_t most = 1;
  for (const Stage& stage : plan.stages) {
    most = std::max(most, stage.layout.elements());
  }
  return most;
}

// What does not fit the memory is given up in this order: samples, steps at
// once, lists of events.
Cut cut_for(const Plan& plan, int64_t samples, const CpuEngineOptions& options,
            bool membranes) {
  Cut cut;
  cut.sessions = static_cast<int>(std::min<int64_t>(options.threads, samples));
  SessionOptions& each = cut.each;
  each.membranes = membranes;
  each.path = options.path;
  if (samples == 1) each.threads = options.threads;
  int64_t memory = options.memory / cut.sessions;
  auto fits = [&] {
    return session_bytes(plan, each) <= memory &&
           (!each.lists || can_list_events(plan, each));
  };
  bool by_steps = plan.exact || plan.feeds_back;
  each.window = by_steps ? 1 : plan.timesteps;
  while (each.window > 1 && !fits()) each.window = (each.window + 1) / 2;
  each.lists = fits();
  int64_t most = (samples + cut.sessions - 1) / cut.sessions;
  each.samples =
      std::clamp<int64_t>(kCellsAtOnce / (widest(plan) * each.window), 1,
                          std::min(most, kMostSamples));
  while (each.samples > 1 && !fits()) each.samples /= 2;
  return cut;
}

class IntegerEngine : public CpuEngine {
 public:
  IntegerEngine(const Graph& graph, const CpuEngineOptions& options)
      : graph_(graph), options_(options) {
    program(false);  // refuses what does not fit before any work is done
  }

  std::string name() const override { return "cpu"; }

  Outputs run(const Batch& batch, const Wishes& wishes) override {
    require_fit(graph_, batch);
    if (batch.samples == 0) return nothing();
    Program& chosen = program(batch.steps > 1);
    Cut cut = cut_for(chosen.plan, batch.samples, options_, wishes.membranes);
    chosen.prepare(cut);
    Run run{*this, chosen, cut.each, batch, wishes, {}, {}};
    run.prepare_outputs();
    int64_t at_once = cut.each.samples;
    int64_t groups = (batch.samples + at_once - 1) / at_once;
    std::atomic<int64_t> next = 0;
    parallel_for(cut.sessions, cut.sessions, [&](int64_t worker) {
      ConvolutionThreads threads(chosen.cut.each.threads);
      Session& session = *chosen.sessions[static_cast<size_t>(worker)];
      for (int64_t g = next++; g < groups; g = next++) {
        run.run_group(session, g * at_once);
      }
    });
    run.add_counts();
    return std::move(run.outputs);
  }

  std::vector<CpuLayerCost> costs() const override {
    std::vector<CpuLayerCost> costs;
    for (const auto& each : programs_) {
      if (each) each->add_costs(costs);
    }
    return costs;
  }

 private:
  // A plan, and the sessions that run it.
  struct Program {
    Plan plan;
    std::vector<std::unique_ptr<Session>> sessions;
    Cut cut;

    // Sessions are kept from batch to batch: they know their faster paths.
    void prepare(const Cut& wanted) {
      const SessionOptions& now = cut.each;
      const SessionOptions& then = wanted.each;
      bool fit = !sessions.empty() && now.membranes == then.membranes &&
                 now.lists == then.lists && now.samples >= then.samples &&
                 now.window == then.window && cut.sessions >= wanted.sessions &&
                 (now.threads == then.threads || wanted.sessions == 1);
      for (const auto& session : sessions) session->take_counts();
      if (fit) return;
      sessions.clear();
      cut = wanted;
      for (int i = 0; i < cut.sessions; ++i) {
        sessions.push_back(std::make_unique<Session>(plan, then));
      }
    }

    void add_costs(std::vector<CpuLayerCost>& costs) const;
  };

  struct Run {
    const IntegerEngine& engine;
    const Program& program;
    const SessionOptions& cut;
    const Batch& batch;
    const Wishes& wishes;
    Outputs outputs;
    std::vector<Train*> trains;  // per stage

    void prepare_outputs();
    void run_group(Session& session, int64_t first);
    void take_outputs(const Session& session, int64_t first, int64_t samples,
                      int64_t step, int64_t steps);
    void add_counts();
  };

  Outputs nothing() const {
    Outputs outputs;
    outputs.shape = infer_shapes(graph_).at(graph_.output().name);
    return outputs;
  }

  Program& program(bool steps_vary) {
    std::unique_ptr<Program>& made = programs_[steps_vary ? 1 : 0];
    if (!made) {
      made = std::make_unique<Program>();
      made->plan = make_plan(graph_, steps_vary);
    }
    return *made;
  }

  Graph graph_;
  CpuEngineOptions options_;
  std::unique_ptr<Program> programs_[2];  // fixed input, changing input
};

void IntegerEngine::Run::prepare_outputs() {
  const Plan& plan = program.plan;
  outputs.samples = batch.samples;
  outputs.shape = plan.stages.back().shape;
  trains.resize(plan.stages.size());
  for (size_t i = 0; i < plan.stages.size(); ++i) {
    const Stage& stage = plan.stages[i];
    if (std::holds_alternative<ReadOut>(stage.role)) {
      outputs.shape = stage.shape;
    }
    if (!std::holds_alternative<Fire>(stage.role)) continue;
    outputs.layers.push_back({stage.name, stage.layout.elements(), 0, 0});
    if (!wishes.spikes && !wishes.membranes) continue;
    Train& train = outputs.trains[stage.name];
    train.steps = plan.exact ? 1 : plan.timesteps;
    train.neurons = stage.layout.elements();
    size_t size =
        static_cast<size_t>(batch.samples * train.steps * train.neurons);
    train.spikes.resize(size);
    if (wishes.membranes) train.membrane.resize(size);
    trains[i] = &train;
  }
  size_t count =
      static_cast<size_t>(batch.samples * element_count(outputs.shape));
  outputs.values.resize(count);
  if (wishes.by_step && !plan.exact) {
    outputs.by_step.resize(count * static_cast<size_t>(plan.timesteps));
  }
}

void IntegerEngine::Run::run_group(Session& session, int64_t first) {
  const Plan& plan = program.plan;
  int64_t samples = std::min(cut.samples, batch.samples - first);
  int64_t elements = element_count(batch.shape);
  const float* inputs = batch.values.data() + first * batch.steps * elements;
  int64_t total = plan.exact ? 1 : plan.timesteps;
  session.start(samples);
  for (int64_t step = 0; step < total; step += cut.window) {
    int64_t steps = std::min(cut.window, total - step);
    session.advance(inputs, batch.steps, step, steps, [&](size_t stage) {
      Train* train = trains[stage];
      for (int64_t s = 0; train && s < samples; ++s) {
        for (int64_t t = 0; t < steps; ++t) {
          int64_t at = ((first + s) * train->steps + step + t) * train->neurons;
          session.copy_spikes(stage, t, s, train->spikes.data() + at);
          if (!wishes.membranes) continue;
          session.copy_membranes(stage, t, s, train->membrane.data() + at);
        }
      }
    });
    take_outputs(session, first, samples, step, steps);
  }
}

// The mean over the steps so far, as in the reference engine.
void IntegerEngine::Run::take_outputs(const Session& session, int64_t first,
                                      int64_t samples, int64_t step,
                                      int64_t steps) {
  const Plan& plan = program.plan;
  int64_t each = element_count(outputs.shape);
  const std::vector<int64_t>& read = session.read_out();
  for (int64_t t = 0; t < steps; ++t) {
    double scale = plan.output_scale;
    int64_t passed = plan.exact ? plan.timesteps : step + t + 1;
    if (!plan.reads_membrane) {
      scale /= static_cast<double>(passed);
    }
    for (int64_t i = 0; i < samples * each; ++i) {
      size_t from = static_cast<size_t>(t * samples * each + i);
      double value = static_cast<double>(read[from]) * scale;
      size_t to = static_cast<size_t>(first * each + i);
      outputs.values[to] = value;
      if (outputs.by_step.empty()) continue;
      outputs
          .by_step[static_cast<size_t>(step + t) * outputs.values.size() + to] =
          value;
    }
  }
}

void IntegerEngine::Run::add_counts() {
  for (const auto& session : program.sessions) {
    std::vector<FireCount> counts = session->take_counts();
    size_t layer = 0;
    for (size_t i = 0; i < counts.size(); ++i) {
      if (!std::holds_alternative<Fire>(program.plan.stages[i].role)) continue;
      outputs.layers[layer].spikes += counts[i].spikes;
      outputs.layers[layer].events += counts[i].events;
      ++layer;
    }
  }
}

void IntegerEngine::Program::add_costs(std::vector<CpuLayerCost>& costs) const {
  for (size_t i = 0; i < plan.stages.size(); ++i) {
    CpuLayerCost cost;
    cost.name = plan.stages[i].name;
    double inputs = 0, alone = 0;
    for (const Term& term : plan.stages[i].varying) {
      const auto* convolved = std::get_if<Convolved>(&term.how);
      if (!convolved) continue;
      auto products = static_cast<double>(convolved->window.products());
      cost.products += products;
      alone += products / dense_rate(convolved->window);
      inputs += static_cast<double>(convolved->window.in.elements());
    }
    double counted = 0;
    for (const auto& session : sessions) {
      const PathChoice& choice = session->choices()[i];
      double images = static_cast<double>(choice.images());
      cost.seconds += choice.seconds();
      cost.images += images;
      cost.share_by_events += choice.share_by_events() * images;
      if (choice.events_per_image() == 0) continue;
      cost.density += choice.events_per_image() / inputs;
      counted += 1;
    }
    if (cost.images == 0) continue;
    cost.share_by_events /= cost.images;
    cost.dense_rate = cost.products / alone;
    if (counted > 0) cost.density /= counted;
    costs.push_back(cost);
  }
}

}  // namespace

std::unique_ptr<CpuEngine> make_cpu_engine(const Graph& graph,
                                           const CpuEngineOptions& options) {
  require_valid(graph);
  if (is_quantized(graph)) {
    return std::make_unique<IntegerEngine>(graph, options);
  }
  return make_float_engine(graph, options.threads);
}

}  // namespace nc
