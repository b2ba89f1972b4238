// The shape of a network's input, where TorchScript does not say it: found
// from the first layer, and from the sizes at which all later layers fit.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include <string>

#include "passes/frontend/imported.h"
#include "passes/torch/torchscript/constants.h"

namespace nc::torchscript {

struct ImpliedShape {
  Shape shape;
  std::string remark;
};

// Throws Error when the layers leave the shape open.
ImpliedShape imply_input_shape(const torch::jit::Module& module,
                               StoredConstants& stored, int64_t output);

}  // namespace nc::torchscript
