// Data for a graph: loads what a specification names and says what is odd.
#pragma once

#include <string>

#include "ir/graph.h"
#include "runtime/data/dataset.h"

namespace nc {

// Remarks ("sorted by class") are said on stderr.
Dataset open_data(const std::string& specification, Split split);

// What the graph needs to know of the data: preprocessing, range of stored
// values, class names. A graph that knows them keeps its own, and mean or std
// in the specification that disagree are said to be unused.
void adopt_data(Graph& graph, const Dataset& data);

}  // namespace nc
