// Small valid graphs for tests of everything that takes a graph.
#pragma once

#include "ir/graph.h"

namespace nc::test {

// Holds a node of each op, every setting of Run, a probe, feedback edges,
// origins and a history: not a sensible network.
Graph every_op();

// 1-d and 2-d layers of an ordinary ANN, in f32, input [2, 6, 6]: convolution,
// batch norm, relu, a residual block, average pool, classifier.
Graph small_ann();

// Input [2] and output.
Graph two_nodes();

// Quantised, T = 4, integers only.
Graph spiking_mlp();       // input [4], two layers, 3 outputs
Graph spiking_conv_net();  // input [1, 6, 6], a residual block, sum pool

}  // namespace nc::test
