#include "backends/loihi/engine.h"

#include <algorithm>
#include <cmath>

#include "backends/loihi/recorder.h"
#include "ir/error.h"
#include "ir/shapes.h"
#include "ir/verify.h"
#include "runtime/parallel.h"

namespace nc {
namespace {

using namespace loihi;

// The bounds on currents hold for what the input node promises.
void require_range(const Graph& graph, const Batch& batch) {
  InputRange range = input_range(std::get<Input>(graph.input().op));
  float low = static_cast<float>(range.low);
  float high = static_cast<float>(range.high);
  for (float x : batch.values) {
    if (x == std::trunc(x) && x >= low && x <= high) continue;
    throw Error("node '" + graph.input().name +
                "': expected whole numbers from " + std::to_string(range.low) +
                " to " + std::to_string(range.high) + ", found " +
                std::to_string(x));
  }
}

std::string overflow_warning(const std::string& node,
                             const Overflow& overflow) {
  std::string events;
  if (overflow.wrapped > 0) {
    events = std::to_string(overflow.wrapped) + " currents wrapped";
  }
  if (overflow.saturated > 0) {
    if (!events.empty()) events += " and ";
    events += std::to_string(overflow.saturated) + " values saturated";
  }
  return "node '" + node + "': " + events +
         " at 24 bits; results may differ from the reference engine's";
}

template <class Number>
class LoihiEngine : public Engine {
 public:
  LoihiEngine(const Graph& graph, const Roles& roles, const Bounds& bounds,
              int threads)
      : graph_(graph),
        threads_(threads),
        plan_(make_plan<Number>(graph_, roles, bounds)),
        output_shape_(infer_shapes(graph_).at(graph_.output().name)) {}

  std::string name() const override { return "loihi"; }

  Outputs run(const Batch& batch, const Wishes& wishes) override {
    require_fit(graph_, batch);
    require_range(graph_, batch);
    Outputs outputs = prepare(batch, wishes);
    int64_t threads =
        std::clamp<int64_t>(threads_, 1, std::max<int64_t>(batch.samples, 1));
    std::vector<Tally> tallies(static_cast<size_t>(threads), Tally(0));
    parallel_for(threads, static_cast<int>(threads), [&](int64_t thread) {
      Recorder<Number> recorder(graph_, plan_, batch, outputs);
      for (int64_t i = thread; i < batch.samples; i += threads) {
        recorder.run(i);
      }
      tallies[static_cast<size_t>(thread)] = recorder.tally();
    });
    Tally total(plan_.populations.size());
    for (const Tally& each : tallies) total += each;
    report(total, outputs);
    return outputs;
  }

 private:
  Outputs prepare(const Batch& batch, const Wishes& wishes) const {
    Outputs outputs;
    outputs.samples = batch.samples;
    outputs.shape = output_shape_;
    size_t count =
        static_cast<size_t>(batch.samples * element_count(output_shape_));
    outputs.values.resize(count);
    if (wishes.by_step && graph_.run.schedule != Schedule::exact) {
      outputs.by_step.resize(count * static_cast<size_t>(graph_.run.timesteps));
    }
    if (wishes.spikes || wishes.membranes) {
      prepare_trains(batch.samples, wishes, outputs);
    }
    return outputs;
  }

  void prepare_trains(int64_t samples, const Wishes& wishes,
                      Outputs& outputs) const {
    for (const Population<Number>& population : plan_.populations) {
      if (!population.spiking) continue;
      Train& train = outputs.trains[population.name];
      train.steps = plan_.window;
      train.neurons = static_cast<int64_t>(population.size());
      size_t size = static_cast<size_t>(samples * train.steps * train.neurons);
      train.spikes.resize(size);
      if (wishes.membranes) train.membrane.resize(size);
    }
  }

  void report(const Tally& tally, Outputs& outputs) const {
    for (size_t i = 0; i < plan_.populations.size(); ++i) {
      const Population<Number>& population = plan_.populations[i];
      if (population.spiking) {
        int64_t neurons = static_cast<int64_t>(population.size());
        outputs.layers.push_back(
            {population.name, neurons, tally.spikes[i], tally.events[i]});
      }
      Overflow overflow = tally.overflow[i];
      if (!population.limited) overflow.saturated = 0;
      if (overflow.wrapped + overflow.saturated == 0) continue;
      outputs.warnings.push_back(overflow_warning(population.name, overflow));
    }
  }

  Graph graph_;
  int threads_;
  Plan<Number> plan_;
  Shape output_shape_;
};

}  // namespace

std::unique_ptr<Engine> make_loihi_engine(const Graph& graph, int threads) {
  require_valid(graph);
  require_quantized(graph);
  Roles roles = assign_roles(graph);
  Bounds bounds = bounds_of(graph, roles);
  constexpr double kNarrow = 1 << 24;
  constexpr double kWide = 1LL << 56;
  if (bounds.largest() >= kWide) {
    throw Error("expected currents below 2^56, found up to " +
                std::to_string(bounds.largest()));
  }
  if (bounds.largest() < kNarrow) {
    return std::make_unique<LoihiEngine<int32_t>>(graph, roles, bounds,
                                                  threads);
  }
  return std::make_unique<LoihiEngine<int64_t>>(graph, roles, bounds, threads);
}

}  // namespace nc
