#include "ir/graph.h"

#include <algorithm>
#include <cctype>
#include <queue>
#include <unordered_map>

#include "ir/error.h"

namespace nc {
namespace {

using Positions = std::unordered_map<std::string, size_t>;

Positions positions(const Graph& graph) {
  Positions at;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    at.emplace(graph.nodes[i].name, i);
  }
  return at;
}

template <size_t Index = 0>
Op make_op(const std::string& kind) {
  if constexpr (Index == std::variant_size_v<Op>) {
    throw Error("unknown op '" + kind + "'");
  } else {
    using Candidate = std::variant_alternative_t<Index, Op>;
    return kind == Candidate::kind ? Op(Candidate{}) : make_op<Index + 1>(kind);
  }
}

template <class Kind>
const Node& only_node(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    if (std::holds_alternative<Kind>(node.op)) return node;
  }
  throw Error(std::string("the graph has no ") + Kind::kind + " node");
}

}  // namespace

Op op_from_kind(const std::string& kind) { return make_op(kind); }

bool is_feedback(const std::string& input) {
  return !input.empty() && input.front() == '@';
}

std::string source_of(const std::string& input) {
  return is_feedback(input) ? input.substr(1) : input;
}

const Node* Graph::find(const std::string& wanted) const {
  for (const Node& node : nodes) {
    if (node.name == wanted) return &node;
  }
  return nullptr;
}

Node* Graph::find(const std::string& wanted) {
  return const_cast<Node*>(std::as_const(*this).find(wanted));
}

const Node& Graph::at(const std::string& wanted) const {
  const Node* node = find(wanted);
  if (!node) throw Error("there is no node '" + wanted + "'");
  return *node;
}

const Node& Graph::input() const { return only_node<Input>(*this); }

const Node& Graph::output() const { return only_node<Output>(*this); }

std::vector<std::vector<size_t>> readers(const Graph& graph) {
  Positions at = positions(graph);
  std::vector<std::vector<size_t>> result(graph.nodes.size());
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const std::string& input : graph.nodes[i].inputs) {
      auto found = at.find(source_of(input));
      if (found != at.end()) result[found->second].push_back(i);
    }
  }
  return result;
}

size_t index_of(const Graph& graph, const std::string& name) {
  return static_cast<size_t>(&graph.at(name) - graph.nodes.data());
}

void sort_nodes(Graph& graph) {
  Positions at = positions(graph);
  std::vector<size_t> waiting(graph.nodes.size(), 0);
  std::vector<std::vector<size_t>> after(graph.nodes.size());
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const std::string& input : graph.nodes[i].inputs) {
      auto source = at.find(input);  // a feedback edge is never found here
      if (source == at.end()) continue;
      after[source->second].push_back(i);
      ++waiting[i];
    }
  }
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
  for (size_t i = 0; i < waiting.size(); ++i) {
    if (waiting[i] == 0) ready.push(i);
  }
  std::vector<Node> sorted;
  while (!ready.empty()) {
    size_t next = ready.top();
    ready.pop();
    sorted.push_back(graph.nodes[next]);
    for (size_t reader : after[next]) {
      if (--waiting[reader] == 0) ready.push(reader);
    }
  }
  if (sorted.size() != graph.nodes.size()) {
    throw Error("the graph has a cycle without a feedback edge");
  }
  graph.nodes = std::move(sorted);
}

std::string unused_name(const Graph& graph, const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; graph.find(name); ++i) {
    name = wanted + "_" + std::to_string(i);
  }
  return name;
}

void redirect(Graph& graph, std::string from, std::string to) {
  for (Node& node : graph.nodes) {
    if (node.name == to) continue;
    for (std::string& input : node.inputs) {
      if (source_of(input) == from) input = is_feedback(input) ? "@" + to : to;
    }
  }
}

void remove_node(Graph& graph, std::string name) {
  std::string input = graph.at(name).inputs.at(0);
  redirect(graph, name, input);
  std::erase_if(graph.nodes,
                [&](const Node& node) { return node.name == name; });
}

bool is_spiking(const Graph& graph) {
  return graph.run.timesteps > 0 &&
         std::any_of(graph.nodes.begin(), graph.nodes.end(),
                     [](const Node& node) { return as_neuron(node.op); });
}

bool holds_fractions(const Op& op) {
  bool fractions = false;
  std::visit(
      [&](const auto& each) {
        for_each_field(each, [&](const auto&, const auto& value) {
          if constexpr (std::is_same_v<decltype(value), const Tensor&>) {
            fractions |= !value.empty() && !value.is_integer();
          }
        });
      },
      op);
  return fractions;
}

bool is_quantized(const Graph& graph) {
  return is_spiking(graph) && std::get<Input>(graph.input().op).step > 0 &&
         std::none_of(graph.nodes.begin(), graph.nodes.end(),
                      [](const Node& n) { return holds_fractions(n.op); });
}

void require_spiking(const Graph& graph) {
  if (is_spiking(graph)) return;
  throw Error(
      "expected a spiking network, found " +
      std::string(graph.run.timesteps > 0 ? "no neurons" : "no timesteps") +
      " (run nc-spike first)");
}

void require_quantized(const Graph& graph) {
  require_spiking(graph);
  for (const Node& node : graph.nodes) {
    if (holds_fractions(node.op)) {
      throw Error("node '" + node.name + "': expected integers, found f32 " +
                  "(run nc-spike with --bits 8)");
    }
  }
  if (std::get<Input>(graph.input().op).step <= 0) {
    throw Error("node '" + graph.input().name +
                "': the input is not quantised (run nc-spike with --bits 8)");
  }
}

bool is_valid_name(const std::string& name) {
  auto letter = [](unsigned char c) { return std::isalpha(c) || c == '_'; };
  return !name.empty() && name.size() <= 256 &&
         letter(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), [&](unsigned char c) {
           return letter(c) || std::isdigit(c) || c == '.' || c == '-';
         });
}

}  // namespace nc
