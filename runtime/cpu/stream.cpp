#include "runtime/cpu/stream.h"

#include "ir/error.h"
#include "ir/verify.h"
#include "runtime/cpu/session.h"

namespace nc {
namespace {

// The plan for as many steps, up to 2^20, as the membranes can hold.
Plan longest_plan(Graph graph) {
  constexpr int64_t kLongest = int64_t{1} << 20;
  for (int64_t steps = kLongest; steps > 1; steps /= 2) {
    graph.run.timesteps = steps;
    try {
      return make_plan(graph, /*steps_vary=*/true);
    } catch (const Error&) {
      // Fewer steps, smaller membranes.
    }
  }
  graph.run.timesteps = 1;
  return make_plan(graph, true);
}

}  // namespace

struct SpikeStream::State {
  Plan plan;
  Session session;
  Shape input;
  int threads;
  int64_t steps = 0;
  std::vector<int64_t> before;  // read out up to the step before

  State(const Graph& graph, int threads_in)
      : plan(longest_plan(graph)),
        session(plan, {.samples = 1, .window = 1, .threads = threads_in}),
        input(std::get<Input>(graph.input().op).shape),
        threads(threads_in) {}
};

SpikeStream::SpikeStream(const Graph& graph, int threads) {
  require_valid(graph);
  require_quantized(graph);
  if (graph.run.schedule == Schedule::exact) {
    throw Error(
        "a stream needs schedule causal or pipelined: exact has no answer "
        "before the last step");
  }
  state_ = std::make_unique<State>(graph, threads);
  reset();
}

SpikeStream::~SpikeStream() = default;

void SpikeStream::reset() {
  state_->session.start(1);
  state_->steps = 0;
  state_->before.clear();
}

int64_t SpikeStream::steps() const { return state_->steps; }
int64_t SpikeStream::most_steps() const { return state_->plan.timesteps; }

std::vector<double> SpikeStream::step(const std::vector<float>& inputs) {
  State& state = *state_;
  size_t wanted = static_cast<size_t>(element_count(state.input));
  if (inputs.size() != wanted) {
    throw Error("expected a step of " + std::to_string(wanted) +
                " inputs, found " + std::to_string(inputs.size()));
  }
  ConvolutionThreads threads(state.threads);
  if (state.steps >= most_steps()) {
    throw Error("membranes are proven to hold " + std::to_string(most_steps()) +
                " steps; reset them by then (--reset-after)");
  }
  state.session.advance(inputs.data(), 1, 0, 1);
  ++state.steps;
  const std::vector<int64_t>& now = state.session.read_out();
  state.before.resize(now.size());
  std::vector<double> values(now.size());
  for (size_t i = 0; i < now.size(); ++i) {
    int64_t received =
        state.plan.reads_membrane ? now[i] : now[i] - state.before[i];
    values[i] = static_cast<double>(received) * state.plan.output_scale;
  }
  state.before = now;
  return values;
}

}  // namespace nc
