// Small steps that passes are made of: insert a node, ask who reads what.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace nc {

// Names are taken by value: those of a caller may live in the graph, whose
// nodes move when one is inserted.

// Puts `op` behind the node `source`; the nodes that read `source` read the new
// node instead. Returns the new node's name (`wanted`, made unused).
std::string insert_after(Graph& graph, std::string source,
                         const std::string& wanted, Op op);

// Puts `op` on one edge: between node `reader` and its input at `position`.
std::string insert_on_edge(Graph& graph, std::string reader, size_t position,
                           const std::string& wanted, Op op);

// Names of the nodes that read `name` (once per edge).
std::vector<std::string> reader_names(const Graph& graph,
                                      const std::string& name);

// Names of all nodes, so that a pass can change the graph while it walks.
std::vector<std::string> node_names(const Graph& graph);

// The node's only input, if it has exactly one and that is no feedback edge.
const Node* only_input(const Graph& graph, const Node& node);

}  // namespace nc
