// Walks a module as often as it takes: anew with the batch that a trace has
// baked in, and once more to see that the result does not depend on the batch.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include <string>

#include "passes/frontend/imported.h"
#include "passes/torch/torchscript/constants.h"

namespace nc::torchscript {

struct Walked {
  Imported result;
  bool has_misfit = false;  // something does not fit the input shape
};

Walked import_graph(const torch::jit::Module& module, StoredConstants& stored,
                    const Shape& input_shape, const std::string& name,
                    int64_t output);

}  // namespace nc::torchscript
