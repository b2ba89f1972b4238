// The TorchScript front end: a saved ScriptModule (.pt) to an ANN graph.
//
// The graph of forward() is walked, not the modules: every operator becomes
// IR nodes, or a constant, or is refused by name. Nothing of the model's own
// code is run beyond folding constants over an allow-list of operators.
// No torch type is named here; the implementation lives in passes/torch/.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace nc {

struct TorchScriptOptions {
  std::optional<Shape> input_shape;  // without batch; else it is inferred
  int64_t output = 0;                // which of several outputs
};

// How one operator of the source is converted.
struct Conversion {
  enum class Verdict { exact, approximate, refused };
  Verdict verdict = Verdict::exact;
  std::string op;      // "aten::relu_"
  std::string origin;  // source module or weight, "layer1.0.conv1"
  std::string reason;  // why not exact, and what to do
};

struct TorchScriptImport {
  Graph graph;                       // empty when anything was refused
  std::vector<Conversion> table;     // every operator, in execution order
  std::vector<std::string> remarks;  // "log_softmax at the end is dropped"
};

// Throws Error for a file that is no TorchScript; never for an operator:
// refusals stand in the table.
TorchScriptImport import_torchscript(const std::string& path,
                                     const TorchScriptOptions& options);

}  // namespace nc
