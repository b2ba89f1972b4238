#include "backends/loihi/recorder.h"

#include <algorithm>
#include <cstdlib>

#include "backends/loihi/fixed_point.h"
#include "backends/loihi/layout.h"

namespace nc::loihi {

Tally::Tally(size_t populations)
    : spikes(populations), events(populations), overflow(populations) {}

Tally& Tally::operator+=(const Tally& other) {
  for (size_t i = 0; i < spikes.size(); ++i) {
    spikes[i] += other.spikes[i];
    events[i] += other.events[i];
    overflow[i] += other.overflow[i];
  }
  return *this;
}

template <class Number>
Recorder<Number>::Recorder(const Graph& graph, const Plan<Number>& plan,
                           const Batch& batch, Outputs& outputs)
    : graph_(graph),
      plan_(plan),
      batch_(batch),
      outputs_(outputs),
      exact_(graph.run.schedule == Schedule::exact),
      simulation_(plan),
      tally_(plan.populations.size()),
      input_position_(chip_positions(batch.shape)),
      input_(input_position_.size()) {
  for (const Population<Number>& population : plan.populations) {
    auto train = outputs.trains.find(population.name);
    bool wished = population.spiking && train != outputs.trains.end();
    trains_.push_back(wished ? &train->second : nullptr);
  }
}

template <class Number>
void Recorder<Number>::run(int64_t sample) {
  totals_.assign(static_cast<size_t>(element_count(outputs_.shape)), 0);
  simulation_.run(
      [&](int64_t step) -> const std::vector<Number>& {
        return exact_ ? window_input(sample) : step_input(sample, step);
      },
      [&](const Moment& moment) { write_down(sample, moment); });
}

template <class Number>
Tally Recorder<Number>::tally() const {
  Tally total = tally_;
  for (size_t i = 0; i < total.overflow.size(); ++i) {
    total.overflow[i] = simulation_.overflow(i);
  }
  return total;
}

template <class Number>
const std::vector<Number>& Recorder<Number>::step_input(int64_t sample,
                                                        int64_t step) {
  std::fill(input_.begin(), input_.end(), 0);
  add_input(sample * batch_.steps + (batch_.steps == 1 ? 0 : step), 1);
  return input_;
}

template <class Number>
const std::vector<Number>& Recorder<Number>::window_input(int64_t sample) {
  std::fill(input_.begin(), input_.end(), 0);
  Number repeats = static_cast<Number>(graph_.run.timesteps / batch_.steps);
  for (int64_t step = 0; step < batch_.steps; ++step) {
    add_input(sample * batch_.steps + step, repeats);
  }
  return input_;
}

template <class Number>
void Recorder<Number>::add_input(int64_t row, Number factor) {
  const float* values =
      batch_.values.data() + static_cast<size_t>(row) * input_.size();
  for (size_t i = 0; i < input_.size(); ++i) {
    input_[input_position_[i]] += static_cast<Number>(values[i]) * factor;
  }
}

template <class Number>
void Recorder<Number>::write_down(int64_t sample, const Moment& moment) {
  const Population<Number>& population = plan_.populations[moment.population];
  if (population.spiking) count(moment);
  if (Train* train = trains_[moment.population]) {
    write_train(sample, moment, *train);
  }
  if (std::holds_alternative<HostReadout>(population.dynamics)) {
    read_out(sample, moment);
  }
}

template <class Number>
void Recorder<Number>::count(const Moment& moment) {
  int64_t sum = 0;
  for (size_t k = 0; k < moment.events.count; ++k) {
    sum += std::abs(static_cast<int64_t>(moment.events.payload[k]));
  }
  tally_.spikes[moment.population] += sum;
  tally_.events[moment.population] += static_cast<int64_t>(moment.events.count);
}

template <class Number>
void Recorder<Number>::write_train(int64_t sample, const Moment& moment,
                                   Train& train) {
  const Population<Number>& population = plan_.populations[moment.population];
  bool chip_units =
      std::holds_alternative<Microcode<Number>>(population.dynamics);
  double unit = chip_units ? 1.0 / (1 << kUnitShift) : 1.0;
  size_t first =
      static_cast<size_t>((sample * train.steps + moment.step) * train.neurons);
  for (size_t k = 0; k < population.size(); ++k) {
    size_t at = population.position[k];
    train.spikes[first + k] = static_cast<int32_t>(moment.current[at]);
    if (train.membrane.empty()) continue;
    train.membrane[first + k] = static_cast<double>(moment.membrane[at]) * unit;
  }
}

// On the host: the mean over the steps so far, or the last value.
template <class Number>
void Recorder<Number>::read_out(int64_t sample, const Moment& moment) {
  const Population<Number>& population = plan_.populations[moment.population];
  bool membrane = graph_.run.readout == Readout::membrane;
  int64_t step = exact_ ? graph_.run.timesteps - 1 : moment.step;
  double scale = std::get<Output>(graph_.nodes[population.node].op).scale;
  if (!membrane) scale /= static_cast<double>(step + 1);
  size_t first = static_cast<size_t>(sample) * totals_.size();
  for (size_t k = 0; k < totals_.size(); ++k) {
    int64_t now = moment.current[population.position[k]];
    totals_[k] = membrane ? now : totals_[k] + now;
    double value = static_cast<double>(totals_[k]) * scale;
    outputs_.values[first + k] = value;
    if (outputs_.by_step.empty()) continue;
    outputs_.by_step[static_cast<size_t>(step) * outputs_.values.size() +
                     first + k] = value;
  }
}

template class Recorder<int32_t>;
template class Recorder<int64_t>;

}  // namespace nc::loihi
