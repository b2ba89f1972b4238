// A NIR file as a value: what stands in it, before anything is made of it.
//
//   /version                    text, of the library that wrote it
//   /node                       the graph, a node of type NIRGraph
//     type, edges [E, 2]        texts; nodes/NAME/type and its fields; metadata
//
// Graphs within graphs are taken apart: node B of graph G is "G.B", and edges
// to and from G go to its Input and come from its Output.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "passes/frontend/hdf5/tree.h"

namespace nc::frontend::nir {

using hdf5::Dataset;
using hdf5::Tree;

struct NirNode {
  std::string name;  // as it stands there, with the graphs it is in
  std::string type;  // "Conv2d"
  std::map<std::string, Dataset> fields;
  Tree metadata;
  std::vector<size_t> inputs;  // nodes, in the order of the edges
  bool is_added = false;       // an Input or Output that the file lacks
};

struct NirGraph {
  std::string version;  // empty: the file does not say
  std::vector<NirNode> nodes;
  std::vector<size_t> sources;  // Inputs of the outermost graph
  std::vector<size_t> sinks;    // its Outputs
  Tree metadata;
  std::vector<std::string> remarks;
};

// Throws Error naming node or edge: no NIR, a node without type, an edge from
// or to a node that does not exist.
NirGraph read_graph(Bytes file);

// Whether a file that HDF5 wrote might be NIR: it has no group 'nodes' of ours.
bool may_be_nir(Bytes file);

// The text of a dataset that is one; empty otherwise.
std::string text_in(const Tree* tree);

}  // namespace nc::frontend::nir
