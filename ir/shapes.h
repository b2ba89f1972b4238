// Shapes of all values in a graph, from the shape of the input.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace nc {

// Shape of the op's output for the given input shapes (one entry, or several
// for Concat). Throws Error with expected and found when they do not fit.
Shape output_shape(const Op& op, const std::vector<Shape>& inputs);

// Shape of every node's output, by name. Throws Error that names the node.
std::map<std::string, Shape> infer_shapes(const Graph& graph);

// The same for a graph that may not be well-formed: each node that does not fit
// is reported once and left out, and so is what follows from it.
using ShapeProblem = std::function<void(const Node&, const std::string&)>;
std::map<std::string, Shape> infer_shapes(const Graph& graph,
                                          const ShapeProblem& report);

// Size of a window op's output along one axis, as PyTorch computes it.
int64_t window_count(int64_t size, int64_t kernel, int64_t stride,
                     int64_t padding, int64_t dilation, bool ceil_mode);

// How a tensor of `count` elements meets values of `shape`: index i of the
// flattened values reads element i / stride(...) of the tensor. Returns the
// number of consecutive values that share an element: all of them for [1],
// height * width for [channels], 1 for the full shape. Throws Error otherwise.
int64_t group_size(const Tensor& tensor, const Shape& shape);

}  // namespace nc
