#include "tools/support/engines.h"

#include "backends/loihi/engine.h"
#include "ir/error.h"
#include "runtime/cpu/engine.h"
#include "runtime/parallel.h"
#include "runtime/reference.h"
#include "tools/support/main.h"
#include "tools/support/torch.h"

namespace nc {
namespace {

// The CPU engine, but for networks whose sums are too wide for it.
std::unique_ptr<Engine> default_engine(const Graph& graph,
                                       const CpuEngineOptions& cpu) {
  try {
    return make_cpu_engine(graph, cpu);
  } catch (const Error& error) {
    auto reference = make_reference_engine(graph, cpu.threads);  // or its Error
    warn(std::string(error.what()) + "; the reference engine runs instead");
    return reference;
  }
}

}  // namespace

std::unique_ptr<Engine> make_engine(const Graph& graph,
                                    const EngineChoice& choice) {
  int threads = choice.threads > 0 ? choice.threads : default_threads();
  CpuEngineOptions cpu{.threads = threads,
                       .memory = choice.megabytes << 20,
                       .path = choice.path};
  TorchEngineOptions torch{choice.device, choice.threads};
  if (choice.name.empty()) return default_engine(graph, cpu);
  if (choice.name == "cpu") return make_cpu_engine(graph, cpu);
  if (choice.name == "reference") return make_reference_engine(graph, threads);
  if (choice.name == "loihi") return make_loihi_engine(graph, threads);
  if (choice.name == "torch") return torch_library().make_engine(graph, torch);
  throw Error("expected an engine cpu, reference, torch or loihi, found '" +
              choice.name + "'");
}

}  // namespace nc
