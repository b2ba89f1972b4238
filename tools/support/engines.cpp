#include "tools/support/engines.h"

#include "backends/loihi/engine.h"
#include "ir/error.h"
#include "runtime/parallel.h"
#include "runtime/reference.h"
#include "tools/support/main.h"
#include "tools/support/torch.h"

namespace nc {
namespace {

std::unique_ptr<Engine> default_engine(const Graph& graph,
                                       const TorchEngineOptions& torch,
                                       int threads) {
  try {
    return torch_library().make_engine(graph, torch);
  } catch (const Error& error) {
    warn(std::string(error.what()) + "; the reference engine runs instead");
    return make_reference_engine(graph, threads);
  }
}

}  // namespace

std::unique_ptr<Engine> make_engine(const Graph& graph,
                                    const EngineChoice& choice) {
  int threads = choice.threads > 0 ? choice.threads : default_threads();
  TorchEngineOptions torch{choice.device, choice.threads};
  if (choice.name.empty()) return default_engine(graph, torch, threads);
  if (choice.name == "reference") return make_reference_engine(graph, threads);
  if (choice.name == "loihi") return make_loihi_engine(graph, threads);
  if (choice.name == "torch") return torch_library().make_engine(graph, torch);
  throw Error("expected an engine reference, torch or loihi, found '" +
              choice.name + "'");
}

}  // namespace nc
