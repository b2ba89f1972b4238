// Engines by the name a user gives.
#pragma once

#include <memory>
#include <string>

#include "runtime/engine.h"

namespace nc {

struct EngineChoice {
  std::string name;  // "reference", "torch", "loihi"; empty: by the graph
  std::string device = "cpu";  // of the torch engine
  int threads = 0;             // 0: as many as there are cores
};

// Throws Error for an unknown name, or when the engine cannot run the graph.
// Without a name, torch where it is installed, else reference.
std::unique_ptr<Engine> make_engine(const Graph& graph,
                                    const EngineChoice& choice);

}  // namespace nc
