// Computes operators whose inputs are all known, by PyTorch's names: those,
// and only those, that do nothing but compute, and no more than a bounded
// number of elements.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "passes/frontend/converter.h"

namespace nc::frontend {

// Whether the operator may be computed, by its name, "add" or "add_".
bool may_fold(const std::string& name);

// Its results. In-place operators give the new value. Throws Refusal for what
// is not on the list, or does not fit.
std::vector<Item> fold_constants(const Operation& operation);

// zeros, ones_like, new_full ...: an array of one value, of which the shape is
// taken from the inputs, where tensors may depend on the data. Nothing when
// the operator is none of them, or has other arguments that do.
std::optional<Item> fold_filled(const Operation& operation);

}  // namespace nc::frontend
