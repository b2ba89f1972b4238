// Runs single operators on constants: those, and only those, that do nothing
// but compute. No other operator of a file is ever run.
#pragma once

#include <ATen/core/function_schema.h>

#include <string>
#include <vector>

#include "passes/torch/torchscript/constants.h"

namespace torch::jit {
struct Node;
}

namespace nc::torchscript {

// Whether the operator may be run, by its full name, "aten::add_".
bool may_fold(const std::string& name);

// Results of the operator on constants. Throws Refusal for operators that are
// not allowed, that change what the file stores, or that LibTorch refuses.
std::vector<Item> fold(const torch::jit::Node& node,
                       const std::vector<Item>& inputs,
                       const StoredConstants& stored);

// zeros, ones_like, new_full ...: a tensor of one value, of which the shape
// is taken from `inputs`, where tensors may depend on the data. Nothing when
// the operator is none of them, or has other arguments that do.
std::optional<Item> fold_filled(const std::string& name,
                                const c10::FunctionSchema& schema,
                                const std::vector<Item>& inputs);

}  // namespace nc::torchscript
