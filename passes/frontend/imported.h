// What a front end makes of a foreign model: a graph, and the fate of every
// operator of the source.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace nc {

struct ImportOptions {
  std::optional<Shape> input_shape;  // without batch; else the file's own
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

struct Imported {
  Graph graph;                       // empty when anything was refused
  std::vector<Conversion> table;     // every operator, in execution order
  std::vector<std::string> remarks;  // "log_softmax at the end is dropped"
  std::vector<std::string> files;    // read beside the model, with weights
};

}  // namespace nc
