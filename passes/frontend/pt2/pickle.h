// What torch.save writes of a dict of tensors: a zip with a pickle in it.
// Older versions of torch.export keep their weights so. Of the pickle language
// only what such dicts need is understood; no name in it is ever looked up.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ir/sha256.h"
#include "passes/frontend/values.h"

namespace nc::frontend::pt2 {

using SavedTensors = std::vector<std::pair<std::string, Item>>;

// `entry` names the file for messages. Throws Error for anything else.
SavedTensors read_saved_tensors(Bytes bytes, const std::string& entry);

}  // namespace nc::frontend::pt2
