// Takes samples of a batch through a simulation and writes down what they do.
// Several recorders may share one Outputs: each sample has its own place.
#pragma once

#include <vector>

#include "backends/loihi/simulation.h"
#include "runtime/engine.h"

namespace nc::loihi {

// Sums over samples, per population; they do not depend on who added up what.
struct Tally {
  std::vector<int64_t> spikes;  // sum of |payload|
  std::vector<int64_t> events;
  std::vector<Overflow> overflow;

  explicit Tally(size_t populations);
  Tally& operator+=(const Tally& other);
};

template <class Number>
class Recorder {
 public:
  // `outputs` has room for everything that is to be recorded.
  Recorder(const Graph& graph, const Plan<Number>& plan, const Batch& batch,
           Outputs& outputs);

  void run(int64_t sample);
  Tally tally() const;  // of all samples so far

 private:
  using Moment = typename Simulation<Number>::Moment;

  const std::vector<Number>& step_input(int64_t sample, int64_t step);
  const std::vector<Number>& window_input(int64_t sample);
  void add_input(int64_t row, Number factor);
  void write_down(int64_t sample, const Moment& moment);
  void count(const Moment& moment);
  void write_train(int64_t sample, const Moment& moment, Train& train);
  void read_out(int64_t sample, const Moment& moment);

  const Graph& graph_;
  const Plan<Number>& plan_;
  const Batch& batch_;
  Outputs& outputs_;
  bool exact_;
  Simulation<Number> simulation_;
  Tally tally_;
  std::vector<Train*> trains_;  // per population, where wished for
  std::vector<uint32_t> input_position_;
  std::vector<Number> input_;    // of this step, in the chip's order
  std::vector<int64_t> totals_;  // of the readout, in the IR's order
};

}  // namespace nc::loihi
