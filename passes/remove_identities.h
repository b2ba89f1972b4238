// Takes out the nodes that change nothing: a scale by 1, a pad by 0, a
// permutation in order, a reshape to the same shape, a slice of everything, a
// pool over single cells, a concat of one. (Dropout never enters the IR.)
// A node that sums several inputs stays. The function is preserved exactly.
#pragma once

#include "ir/graph.h"

namespace nc {

Graph remove_identities(Graph graph);

}  // namespace nc
