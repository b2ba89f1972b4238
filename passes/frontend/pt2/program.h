// A file of torch.export in whatever layout its version of PyTorch wrote it:
// the graph as JSON, and constants for its weights.
#pragma once

#include <string>
#include <unordered_map>

#include "ir/sha256.h"
#include "passes/frontend/pt2/json.h"
#include "passes/frontend/values.h"

namespace nc::frontend::pt2 {

struct Program {
  json module;  // "graph_module": graph, signature, module_call_graph
  // Parameters, buffers and constant tensors by their names in the signature.
  std::unordered_map<std::string, Item> tensors;
};

// Throws Error for damaged files, for several models in one file, and for
// versions that nobody here knows. Sample inputs are never read.
Program read_program(Bytes bytes);

}  // namespace nc::frontend::pt2
