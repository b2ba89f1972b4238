// The torch.export front end: a saved ExportedProgram (.pt2) to an ANN graph.
//
// The file is read as it is: a graph in JSON and weights as raw bytes. Neither
// LibTorch nor Python is needed, and nothing of the model's own code is run.
// Every operator becomes IR nodes, or a constant, or is refused by name.
#pragma once

#include "passes/frontend/imported.h"

namespace nc {

// Whether the file at `path` is one of torch.export, by its content.
bool is_pt2(const std::string& path);

// Throws Error for a file that is none, or is damaged; never for an operator:
// refusals stand in the table.
Imported import_pt2(const std::string& path, const ImportOptions& options);

}  // namespace nc
