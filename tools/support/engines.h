// Engines by the name a user gives.
#pragma once

#include <memory>
#include <string>

#include "runtime/cpu/path_choice.h"
#include "runtime/engine.h"

namespace nc {

struct EngineChoice {
  std::string name;  // "cpu", "reference", "torch", "loihi"; empty: cpu
  std::string device = "cpu";  // of the torch engine
  int threads = 0;             // 0: as many as there are cores
  int64_t megabytes = 1024;    // of the cpu engine, for values and states
  PathPolicy path = PathPolicy::measured;  // of the cpu engine
};

// Throws Error for an unknown name, or when the engine cannot run the graph.
// Without a name, cpu, or reference for sums of more than 31 bits.
std::unique_ptr<Engine> make_engine(const Graph& graph,
                                    const EngineChoice& choice);

}  // namespace nc
