// The TorchScript front end: a saved ScriptModule (.pt) to an ANN graph.
//
// The graph of forward() is walked, not the modules: every operator becomes
// IR nodes, or a constant, or is refused by name. Nothing of the model's own
// code is run beyond folding constants over an allow-list of operators.
// No torch type is named here; the implementation lives in passes/torch/.
#pragma once

#include "passes/frontend/imported.h"

namespace nc {

// Throws Error for a file that is no TorchScript; never for an operator:
// refusals stand in the table.
Imported import_torchscript(const std::string& path,
                            const ImportOptions& options);

}  // namespace nc
