// Runs a plan for one sample after the other, chip step by chip step. All
// populations advance at once: each reads only what was sent in steps before.
#pragma once

#include <vector>

#include "backends/loihi/plan.h"

namespace nc::loihi {

template <class Number>
class Simulation {
 public:
  explicit Simulation(const Plan<Number>& plan);

  // What has happened in one population in step t (from 0) of its window.
  struct Moment {
    size_t population;
    int64_t step;
    const Events<Number>& events;
    const std::vector<Number>& current;  // all payloads; not the input's
    const std::vector<Number>& membrane;
  };

  // input(t) gives the payloads of the input's step t in the chip's order;
  // observe(moment) is called for every population and step.
  template <class Input, class Observe>
  void run(const Input& input, const Observe& observe) {
    start();
    for (int64_t now = 0; now < plan_.window + plan_.depth; ++now) {
      for (size_t i = 0; i < states_.size(); ++i) {
        int64_t step = now - plan_.populations[i].depth;
        if (step < 0 || step >= plan_.window) continue;
        advance(i, now, step, input);
        observe(Moment{i, step, sent(i, now), states_[i].current,
                       states_[i].spiking.v});
      }
    }
  }

  // Summed over all runs so far.
  const Overflow& overflow(size_t population) const {
    return states_[population].overflow;
  }

 private:
  struct State {
    MicrocodeState<Number> spiking;
    std::vector<Number> current;            // a_in, then payloads
    std::vector<std::vector<Number>> sums;  // all but the last
    std::vector<Events<Number>> sum_events;
    std::vector<Events<Number>> history;  // a ring
    Overflow overflow;
  };

  void start();

  Events<Number>& sent(size_t population, int64_t now) {
    std::vector<Events<Number>>& history = states_[population].history;
    return history[static_cast<size_t>(now) % history.size()];
  }

  template <class Input>
  void advance(size_t i, int64_t now, int64_t step, const Input& input) {
    if (std::holds_alternative<InputSource>(plan_.populations[i].dynamics)) {
      sent(i, now).collect(input(step));
    } else {
      gather(i, now, step);
      update(i);
      sent(i, now).collect(states_[i].current);
    }
  }

  void gather(size_t i, int64_t now, int64_t step);
  void add_reads(size_t i, const Sum& sum, int64_t now, int64_t step,
                 Number* out);
  void update(size_t i);

  const Plan<Number>& plan_;
  std::vector<State> states_;
};

}  // namespace nc::loihi
