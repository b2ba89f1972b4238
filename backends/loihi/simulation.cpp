#include "backends/loihi/simulation.h"

#include <algorithm>

namespace nc::loihi {

template <class Number>
Simulation<Number>::Simulation(const Plan<Number>& plan) : plan_(plan) {
  for (const Population<Number>& population : plan.populations) {
    State state;
    state.current.resize(population.size());
    for (size_t i = 0; i + 1 < population.sums.size(); ++i) {
      state.sums.emplace_back(population.sums[i].size);
    }
    state.sum_events.resize(state.sums.size());
    state.history.resize(population.history);
    states_.push_back(std::move(state));
  }
}

template <class Number>
void Simulation<Number>::start() {
  for (size_t i = 0; i < states_.size(); ++i) {
    const Population<Number>& population = plan_.populations[i];
    if (const auto* code =
            std::get_if<Microcode<Number>>(&population.dynamics)) {
      code->start(states_[i].spiking);
    } else {
      states_[i].spiking.v.assign(population.size(), 0);
    }
  }
}

template <class Number>
void Simulation<Number>::gather(size_t i, int64_t now, int64_t step) {
  const Population<Number>& population = plan_.populations[i];
  State& state = states_[i];
  for (size_t k = 0; k < state.sums.size(); ++k) {
    std::fill(state.sums[k].begin(), state.sums[k].end(), 0);
    add_reads(i, population.sums[k], now, step, state.sums[k].data());
    state.sum_events[k].collect(state.sums[k]);
  }
  state.current = population.axons;
  add_reads(i, population.sums.back(), now, step, state.current.data());
}

template <class Number>
void Simulation<Number>::add_reads(size_t i, const Sum& sum, int64_t now,
                                   int64_t step, Number* out) {
  for (const Read& read : sum.reads) {
    // Before the first step of the window there was nothing to feed back.
    if (read.from_population && step < read.feedback) continue;
    const Events<Number>& events = read.from_population
                                       ? sent(read.from, now - read.latency)
                                       : states_[i].sum_events[read.from];
    std::visit([&](const auto& each) { each.add(events, out); },
               plan_.synapses[read.synapses]);
  }
}

template <class Number>
void Simulation<Number>::update(size_t i) {
  State& state = states_[i];
  state.overflow += std::visit(
      Overload{
          [](const InputSource&) { return Overflow{}; },
          [&](const Microcode<Number>& code) {
            return code.step(state.spiking, state.current);
          },
          [&](const HostReadout&) {
            return Relay<Number>{}.step(state.spiking.v, state.current);
          },
          [&](const auto& graded) {
            return graded.step(state.spiking.v, state.current);
          },
      },
      plan_.populations[i].dynamics);
}

template class Simulation<int32_t>;
template class Simulation<int64_t>;

}  // namespace nc::loihi
