#include "passes/torch/torchscript/import_graph.h"

#include "passes/frontend/batch.h"
#include "passes/torch/torchscript/walk.h"

namespace nc::torchscript {

Walked import_graph(const torch::jit::Module& module, StoredConstants& stored,
                    const Shape& input_shape, const std::string& name,
                    int64_t output) {
  auto walk_once = [&](int64_t batch) {
    Walk walk(module, stored, input_shape, batch);
    Attempt attempt;
    attempt.result = walk.run(name, output);
    attempt.has_misfit = walk.has_misfit();
    attempt.reads_batch = walk.reads_batch();
    return attempt;
  };
  Attempt attempt = import_for_any_batch(walk_once, "aten::size");
  return {attempt.result, attempt.has_misfit};
}

}  // namespace nc::torchscript
