// An engine runs a graph on a batch of inputs. All engines give the same
// spikes: the reference engine (runtime/reference.h) says which.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace nc {

// Inputs as the graph's input node holds them: preprocessed and, for a
// quantised graph, integers (a float holds those up to 2^24 exactly).
// values is [samples, steps, ...shape]; steps is 1 for an input that stays the
// same at every step (direct encoding, ANNs), else T.
struct Batch {
  int64_t samples = 0;
  int64_t steps = 1;
  Shape shape;
  std::vector<float> values;
};

// The emissions of one spiking node: payload (0, 1, -1, or more with graded
// spikes) as [samples, steps, neurons]. steps is T; under the exact schedule
// it is 1 and the payload is the count of spikes in the window. Pipelined
// trains are aligned: step 1 is the layer's own first step.
struct Train {
  int64_t steps = 0;
  int64_t neurons = 0;
  std::vector<int32_t> spikes;
  std::vector<double> membrane;  // v after each step, when asked for
};

// What to record beside the outputs; recording takes memory.
struct Wishes {
  bool by_step = false;    // outputs after each step t <= T
  bool spikes = false;     // trains of all spiking nodes
  bool membranes = false;  // and their membrane potentials
};

// Counted on every run, per spiking node.
struct LayerCount {
  std::string name;
  int64_t neurons = 0;
  int64_t spikes = 0;  // sum of |payload| over samples, steps and neurons
  int64_t events = 0;  // how often the payload was not 0
};

struct Outputs {
  int64_t samples = 0;
  Shape shape;                     // of one sample
  std::vector<double> values;      // [samples, ...shape], in the source's units
  std::vector<double> by_step;     // [T, samples, ...shape]; values at T = t
  std::vector<LayerCount> layers;  // in node order
  std::map<std::string, Train> trains;
  std::vector<std::string> warnings;  // e.g. a saturated membrane
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string name() const = 0;
  // Throws Error when the batch does not fit the graph.
  virtual Outputs run(const Batch& batch, const Wishes& wishes = {}) = 0;
};

// What every engine asks for; both throw Error.
//
// Samples of the input's shape, with one step or T.
void require_fit(const Graph& graph, const Batch& batch);
// Under the exact schedule a layer sees a whole window at once, so it must be
// a function of the sum over the window. Other schedules ask for nothing.
void require_window_form(const Graph& graph);

}  // namespace nc
