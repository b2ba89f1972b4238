// One network, one sample that goes on: step by step, with the least latency.
#pragma once

#include <memory>
#include <vector>

#include "ir/graph.h"

namespace nc {

class SpikeStream {
 public:
  // A quantised graph; `threads` work on each layer. Throws Error for one that
  // the cpu engine cannot hold, or whose schedule is exact (which has no
  // answer before the last step).
  explicit SpikeStream(const Graph& graph, int threads = 1);
  ~SpikeStream();

  // One more step: inputs as the input node holds them, in its own order.
  // Gives what the output node received in this step (readout membrane: its
  // value), in the source's units. Membranes are kept for the next step.
  std::vector<double> step(const std::vector<float>& inputs);

  // Forgets all membranes.
  void reset();

  int64_t steps() const;  // since the last reset
  // For so many steps no sum overflows, whatever the input; step() throws
  // Error beyond them.
  int64_t most_steps() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nc
