// Data for a graph: loads what a specification names and says what is odd.
#pragma once

#include <string>

#include "ir/graph.h"
#include "runtime/data/dataset.h"

namespace nc {

// Remarks ("sorted by class") are said on stderr.
Dataset open_data(const std::string& specification, Split split);

// What the graph needs to know of the data: preprocessing, range of stored
// values (not of events: they would have to be read), class names; and frames
// as what a network with time receives step by step. A graph that knows them
// keeps its own; mean or std in the specification that are not the
// network's are an Error.
void adopt_data(Graph& graph, const Dataset& data);

// The same for calibration on framed samples (runtime/framed_samples.h) of T
// timesteps: the network is to receive frame by frame (encoding events). Event
// counts get the range 0 to 2^k - 1 that holds the largest of these data;
// what other data have above it is clipped, which is said.
void adopt_frames(Graph& graph, Dataset& data, int64_t timesteps);

}  // namespace nc
