// What becomes of ONNX models: what is said of those that are refused, and the
// graphs of the others.
#pragma once

#include <string>

#include "passes/onnx.h"
#include "test/support/onnx_model.h"

namespace nc::test {

// What is said of a file that cannot be imported; it must be one line or a
// table, and name the file.
std::string complaint(const std::string& path, const ImportOptions& options);
std::string complaint(const OnnxModel& model,
                      const ImportOptions& options = {});

// The valid graph of a model that can.
Graph imported_onnx(const OnnxModel& model);

}  // namespace nc::test
