// What calibration found, and how it is written into the graph: qcfs nodes,
// changed weights, and a scale node per correction, which nc-fold merges into
// the layer in front of it.
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <vector>

#include "ir/graph.h"

namespace nc {

struct Finding {
  std::string node;       // an activation, or the output
  at::Tensor threshold;   // [channels]; undefined for the output
  at::Tensor correction;  // [channels], added to its input; may be undefined
  std::string layer;      // whose weights change; empty: none
  at::Tensor weight;      // what is added to them
};

Graph with_findings(Graph graph, const std::vector<Finding>& findings,
                    int64_t levels);

}  // namespace nc
