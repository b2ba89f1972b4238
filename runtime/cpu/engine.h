// The CPU engine: the integers of a quantised network on the machine's own
// integer units, exactly. Its spikes are the reference engine's for any number
// of threads, any batch and any instruction set.
//
// A layer is computed for all steps of several samples at once: densely by
// oneDNN's 8-bit kernels, or event by event where spikes are few (measured,
// layer by layer, as the network runs). Graphs that are not quantised run in
// f32, one sample at a time, convolutions by oneDNN.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/cpu/path_choice.h"
#include "runtime/engine.h"

namespace nc {

struct CpuEngineOptions {
  int threads = 1;
  int64_t memory = int64_t{1} << 30;  // bytes, for values and states
  PathPolicy path = PathPolicy::measured;
};

// What the convolutions of one stage cost so far.
struct CpuLayerCost {
  std::string name;
  double density = 0;   // events per input and step, where it was counted
  double products = 0;  // multiplications per step and sample, if all are done
  double seconds = 0;   // of all threads together
  double images = 0;    // steps * samples
  double share_by_events = 0;  // of the runs
  // Of its convolutions densely and by themselves: multiplications a second,
  // one thread (roofline.h).
  double dense_rate = 0;
};

class CpuEngine : public Engine {
 public:
  virtual std::vector<CpuLayerCost> costs() const { return {}; }
};

// Throws Error for a graph whose sums need more than 31 bits.
std::unique_ptr<CpuEngine> make_cpu_engine(const Graph& graph,
                                           const CpuEngineOptions& options);

}  // namespace nc
