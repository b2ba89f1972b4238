// The ONNX front end: a model file (.onnx), with its data files beside it, to
// an ANN graph.
//
// Every node of the graph is expressed in the operators that all front ends
// share, or computed when its inputs are constants, or refused by name. No
// type of ONNX is named here; the implementation lives in frontend/onnx/.
#pragma once

#include <string>

#include "passes/frontend/imported.h"

namespace nc {

// Throws Error for what is no ONNX model, lacks a data file, or is of an
// operator set that is too old or too new; never for an operator: refusals
// stand in the table.
Imported import_onnx(const std::string& path, const ImportOptions& options);

// Whether a file looks like one, by its outermost structure: ONNX has no magic
// number. Reads a few bytes.
bool is_onnx(const std::string& path);

}  // namespace nc
