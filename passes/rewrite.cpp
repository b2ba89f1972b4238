#include "passes/rewrite.h"

namespace nc {
namespace {

void place_behind(Graph& graph, const std::string& source, Node node) {
  auto at = graph.nodes.begin() +
            static_cast<std::ptrdiff_t>(index_of(graph, source)) + 1;
  graph.nodes.insert(at, std::move(node));
}

}  // namespace

std::string insert_after(Graph& graph, std::string source,
                         const std::string& wanted, Op op) {
  std::string name = unused_name(graph, wanted);
  Node node{name, std::move(op), {source}, graph.at(source).origin};
  place_behind(graph, source, std::move(node));
  redirect(graph, source, name);
  return name;
}

std::string insert_on_edge(Graph& graph, std::string reader, size_t position,
                           const std::string& wanted, Op op) {
  std::string name = unused_name(graph, wanted);
  std::string input = graph.at(reader).inputs.at(position);
  Node node{name, std::move(op), {input}, graph.at(source_of(input)).origin};
  graph.find(reader)->inputs[position] = name;
  auto at = graph.nodes.begin() +
            static_cast<std::ptrdiff_t>(index_of(graph, reader));
  graph.nodes.insert(at, std::move(node));
  return name;
}

std::vector<std::string> reader_names(const Graph& graph,
                                      const std::string& name) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) {
    for (const std::string& input : node.inputs) {
      if (source_of(input) == name) names.push_back(node.name);
    }
  }
  return names;
}

std::vector<std::string> node_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node& node : graph.nodes) names.push_back(node.name);
  return names;
}

const Node* only_input(const Graph& graph, const Node& node) {
  if (node.inputs.size() != 1 || is_feedback(node.inputs[0])) return nullptr;
  return graph.find(node.inputs[0]);
}

}  // namespace nc
