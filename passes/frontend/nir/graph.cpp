#include "passes/frontend/nir/graph.h"

#include <algorithm>
#include <set>

#include "ir/printable.h"

namespace nc::frontend::nir {
namespace {

constexpr int kMostDepth = 32;        // graphs within graphs
constexpr size_t kMostNodes = 60000;  // as an .snn file holds
constexpr size_t kMostEdges = 1000000;
constexpr char kGraph[] = "NIRGraph";

std::string quoted(const std::string& name) {
  return "'" + printable(name) + "'";
}

std::vector<std::pair<std::string, std::string>> edges_in(const Tree& graph) {
  const Tree* found = graph.find("edges");
  if (!found || !found->data) throw Error("expected edges, found none");
  const Dataset& data = *found->data;
  if (data.shape == Shape{0}) return {};
  if (data.shape.size() != 2 || data.shape[1] != 2 ||
      data.texts.size() != static_cast<size_t>(2 * data.shape[0])) {
    throw Error("expected edges of shape [E, 2], texts, found " +
                to_string(data.shape) + ", " + data.type.name());
  }
  std::vector<std::pair<std::string, std::string>> edges;
  for (size_t i = 0; i < data.texts.size(); i += 2) {
    edges.emplace_back(data.texts[i], data.texts[i + 1]);
  }
  return edges;
}

// The ends of a graph or, of any other node, the node itself.
struct Ends {
  std::vector<size_t> sources;
  std::vector<size_t> sinks;
};

class Reader {
 public:
  NirGraph read(Tree file) {
    graph_.version = text_in(file.find("version"));
    auto found = file.members.find("node");
    if (found == file.members.end()) {
      throw Error("expected a NIR graph, found HDF5 without a group 'node'");
    }
    Tree& root = found->second;
    require_graph(root);
    if (auto metadata = root.members.find("metadata");
        metadata != root.members.end()) {
      graph_.metadata = std::move(metadata->second);
    }
    Ends ends = read_nodes(root, "", 0);
    graph_.sources = ends.sources;
    graph_.sinks = ends.sinks;
    bypass_inner_ends();
    return std::move(graph_);
  }

 private:
  static void require_graph(const Tree& node) {
    std::string type = text_in(node.find("type"));
    if (type == kGraph) return;
    throw Error("expected a node of type NIRGraph, found " +
                (type.empty() ? "no type" : quoted(type)));
  }

  // Adds all nodes of a graph, and the edges between them.
  Ends read_nodes(Tree& tree, const std::string& prefix, int depth) {
    if (depth > kMostDepth) throw Error("graphs are nested too deep");
    auto nodes = tree.members.find("nodes");
    if (nodes == tree.members.end() || !nodes->second.is_group()) {
      throw Error("expected a group 'nodes', found none");
    }
    std::map<std::string, Ends> ends;
    Ends own;
    for (auto& [name, node] : nodes->second.members) {
      try {
        ends[name] = add(name, prefix, node, depth);
      } catch (const Error& error) {
        if (has_place_) throw;
        has_place_ = true;
        throw error.in("node " + quoted(prefix + name));
      }
      note_end(ends[name], own);
    }
    join(edges_in(tree), ends, prefix);
    add_missing_ends(own, ends, prefix);
    return own;
  }

  void note_end(const Ends& node, Ends& graph) const {
    bool is_plain = node.sources.size() == 1 && node.sources == node.sinks;
    if (!is_plain) return;  // a graph
    const std::string& type = graph_.nodes[node.sources[0]].type;
    if (type == "Input") graph.sources.push_back(node.sources[0]);
    if (type == "Output") graph.sinks.push_back(node.sinks[0]);
  }

  Ends add(const std::string& name, const std::string& prefix, Tree& node,
           int depth) {
    std::string type = text_in(node.find("type"));
    if (!node.is_group() || type.empty()) {
      throw Error(
          "expected a type, found none (HDF5 takes a name with '/' apart)");
    }
    if (type == kGraph) return read_nodes(node, prefix + name + ".", depth + 1);
    if (graph_.nodes.size() == kMostNodes) {
      throw Error("expected at most " + std::to_string(kMostNodes) + " nodes");
    }
    NirNode added{prefix + name, type, {}, {}, {}, false};
    for (auto& [field, value] : node.members) {
      if (field == "metadata") {
        added.metadata = std::move(value);
      } else if (field != "type") {
        if (!value.data) {
          throw Error("expected a value of " + quoted(field) +
                      ", found a group");
        }
        added.fields[field] = std::move(*value.data);
      }
    }
    graph_.nodes.push_back(std::move(added));
    inner_.push_back(depth > 0 && (type == "Input" || type == "Output"));
    return {{graph_.nodes.size() - 1}, {graph_.nodes.size() - 1}};
  }

  void join(const std::vector<std::pair<std::string, std::string>>& edges,
            const std::map<std::string, Ends>& ends,
            const std::string& prefix) {
    std::set<std::pair<size_t, size_t>> known;
    for (const auto& [from, to] : edges) {
      std::string edge = quoted(prefix + from) + " -> " + quoted(prefix + to);
      auto source = ends.find(from);
      auto target = ends.find(to);
      if (source == ends.end() || target == ends.end()) {
        throw Error("edge " + edge + ": " +
                    quoted(source == ends.end() ? from : to) +
                    " is not a node of the graph");
      }
      size_t a = only(source->second.sinks, "Output", edge);
      size_t b = only(target->second.sources, "Input", edge);
      if (!known.insert({a, b}).second) {
        graph_.remarks.push_back("edge " + edge +
                                 " stands twice and counts once");
        continue;
      }
      graph_.nodes[b].inputs.push_back(a);
    }
  }

  static size_t only(const std::vector<size_t>& ends, const char* kind,
                     const std::string& edge) {
    if (ends.size() == 1) return ends[0];
    throw Error("edge " + edge + ": expected a graph with one " +
                std::string(kind) + ", found " + std::to_string(ends.size()));
  }

  // As nir.read does: where a graph has no Input, each node that nothing leads
  // to gets one; where it has no Output, each that leads nowhere.
  void add_missing_ends(Ends& own, const std::map<std::string, Ends>& ends,
                        const std::string& prefix) {
    std::set<size_t> read;
    std::vector<std::pair<std::string, const Ends*>> all;
    for (const auto& [name, each] : ends) {
      all.emplace_back(name, &each);
      for (size_t source : each.sources) {
        const std::vector<size_t>& inputs = graph_.nodes[source].inputs;
        read.insert(inputs.begin(), inputs.end());
      }
    }
    bool no_source = own.sources.empty();
    bool no_sink = own.sinks.empty();
    for (const auto& [name, each] : all) {
      for (size_t source : each->sources) {
        if (!no_source || !graph_.nodes[source].inputs.empty()) continue;
        size_t end = add_end("Input", prefix + "input_" + name, prefix);
        graph_.nodes[source].inputs.push_back(end);
        own.sources.push_back(end);
      }
      for (size_t sink : each->sinks) {
        if (!no_sink || read.contains(sink)) continue;
        size_t end = add_end("Output", prefix + "output_" + name, prefix);
        graph_.nodes[end].inputs.push_back(sink);
        own.sinks.push_back(end);
      }
    }
  }

  size_t add_end(const std::string& type, const std::string& name,
                 const std::string& prefix) {
    graph_.remarks.push_back("the file has no " + type + ": " + quoted(name) +
                             " is added");
    graph_.nodes.push_back({name, type, {}, {}, {}, true});
    inner_.push_back(!prefix.empty());
    return graph_.nodes.size() - 1;
  }

  // Readers of an Input or Output within a graph read what it reads.
  void bypass_inner_ends() {
    size_t edges = 0;
    std::vector<int> depth(graph_.nodes.size(), 0);
    std::vector<std::vector<size_t>> inputs(graph_.nodes.size());
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (inner_[i]) continue;
      for (size_t input : graph_.nodes[i].inputs) {
        collect(input, i, inputs[i], edges, 0);
      }
    }
    drop_inner_ends(std::move(inputs));
  }

  void collect(size_t from, size_t reader, std::vector<size_t>& inputs,
               size_t& edges, size_t hops) {
    if (++edges > kMostEdges) throw Error("too many edges");
    if (!inner_[from]) return inputs.push_back(from);
    if (hops == kMostHops) {
      throw Error("node " + quoted(graph_.nodes[reader].name) +
                  ": expected nodes on the way of a loop, found Input and "
                  "Output alone");
    }
    for (size_t input : graph_.nodes[from].inputs) {
      collect(input, reader, inputs, edges, hops + 1);
    }
  }

  void drop_inner_ends(std::vector<std::vector<size_t>> inputs) {
    std::vector<size_t> position(graph_.nodes.size(), 0);
    std::vector<NirNode> kept;
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (inner_[i]) continue;
      position[i] = kept.size();
      kept.push_back(std::move(graph_.nodes[i]));
      kept.back().inputs = std::move(inputs[i]);
    }
    for (NirNode& node : kept) {
      for (size_t& input : node.inputs) input = position[input];
    }
    for (size_t& end : graph_.sources) end = position[end];
    for (size_t& end : graph_.sinks) end = position[end];
    graph_.nodes = std::move(kept);
  }

  static constexpr size_t kMostHops = 1000;

  NirGraph graph_;
  std::vector<bool> inner_;  // Inputs and Outputs of graphs within graphs
  bool has_place_ = false;
};

}  // namespace

std::string text_in(const Tree* tree) {
  if (!tree || !tree->data || tree->data->texts.size() != 1) return "";
  return tree->data->texts[0];
}

NirGraph read_graph(Bytes file) {
  return Reader().read(hdf5::read_tree(file, {"version", "node"}));
}

bool may_be_nir(Bytes file) {
  try {
    return hdf5::read_names(file).count("nodes") == 0;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace nc::frontend::nir
