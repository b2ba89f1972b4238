// Operators on lists and dicts, whatever they hold.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "passes/frontend/values.h"

namespace nc::frontend {

// The result of "append", "len", "__getitem__" ... when the first argument is
// a list or a dict; nothing when the operator is not one on collections.
// Throws Refusal for changes to a collection that belongs to the model.
std::optional<Item> on_collection(const std::string& op,
                                  const std::vector<Item>& inputs);

// Equal constants, as keys of a dict.
bool same_key(const Item& a, const Item& b);

}  // namespace nc::frontend
