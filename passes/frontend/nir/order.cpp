#include "passes/frontend/nir/order.h"

#include <algorithm>
#include <queue>

#include "ir/printable.h"
#include "passes/frontend/nir/chain.h"

namespace nc::frontend::nir {
namespace {

class Orderer {
 public:
  Orderer(const NirGraph& graph, size_t sink) : graph_(graph) {
    order_.feedback.resize(graph.nodes.size());
    needed_.resize(graph.nodes.size(), false);
    readers_.resize(graph.nodes.size());
    find_needed(sink);
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      order_.feedback[i].resize(graph.nodes[i].inputs.size(), false);
      if (!needed_[i]) continue;
      const std::vector<size_t>& inputs = graph.nodes[i].inputs;
      for (size_t k = 0; k < inputs.size(); ++k) {
        readers_[inputs[k]].push_back({i, k});
      }
    }
  }

  Order run(const std::set<std::pair<std::string, std::string>>& known) {
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const NirNode& node = graph_.nodes[i];
      for (size_t k = 0; k < node.inputs.size(); ++k) {
        order_.feedback[i][k] =
            known.contains({graph_.nodes[node.inputs[k]].name, node.name});
      }
    }
    require_inputs();
    find_loops();
    sort();
    return std::move(order_);
  }

 private:
  // An edge: the node that reads, and which of its inputs that is.
  struct Reader {
    size_t node = 0;
    size_t input = 0;
  };

  void find_needed(size_t sink) {
    std::vector<size_t> open = {sink};
    needed_[sink] = true;
    while (!open.empty()) {
      size_t node = open.back();
      open.pop_back();
      for (size_t input : graph_.nodes[node].inputs) {
        if (needed_[input]) continue;
        needed_[input] = true;
        open.push_back(input);
      }
    }
  }

  void require_inputs() const {
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const NirNode& node = graph_.nodes[i];
      if (!needed_[i] || !node.inputs.empty() || node.type == "Input") continue;
      throw Error("node '" + printable(node.name) + "' (" +
                  printable(node.type) + "): nothing leads to it");
    }
  }

  bool is_marked(const Reader& reader) const {
    return order_.feedback[reader.node][reader.input];
  }

  // A walk into the depth, from the Inputs on; an edge to a node that the walk
  // is still behind closes a loop.
  void find_loops() {
    for (size_t source : graph_.sources) {
      if (needed_[source]) walk(source);
    }
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (needed_[i]) walk(i);
    }
  }

  void walk(size_t start) {
    enum State : char { fresh, open, done };
    if (states_.empty()) states_.resize(graph_.nodes.size(), fresh);
    if (states_[start] != fresh) return;
    std::vector<std::pair<size_t, size_t>> path = {{start, 0}};
    states_[start] = open;
    while (!path.empty()) {
      auto& [node, next] = path.back();
      if (next == readers_[node].size()) {
        states_[node] = done;
        path.pop_back();
        continue;
      }
      Reader reader = readers_[node][next++];
      if (is_marked(reader)) continue;
      if (states_[reader.node] == open) {
        cut(node, reader);
      } else if (states_[reader.node] == fresh) {
        states_[reader.node] = open;
        path.emplace_back(reader.node, 0);
      }
    }
  }

  // The edge, or the one in front of the nodes without memory that it alone
  // reads: what they add is then added at the first step, too.
  void cut(size_t from, Reader to) {
    for (size_t hops = 0; hops < graph_.nodes.size(); ++hops) {
      const NirNode& node = graph_.nodes[from];
      bool passes_on = !has_memory(node.type) && node.type != "Input" &&
                       readers_[from].size() == 1 && node.inputs.size() == 1 &&
                       node.inputs[0] != from;
      if (!passes_on) break;
      to = {from, 0};
      from = node.inputs[0];
    }
    order_.feedback[to.node][to.input] = true;
  }

  void sort() {
    std::vector<size_t> waiting(graph_.nodes.size(), 0);
    std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
    size_t count = 0;
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (!needed_[i]) continue;
      ++count;
      for (bool feeds_back : order_.feedback[i]) waiting[i] += !feeds_back;
      if (waiting[i] == 0) ready.push(i);
    }
    while (!ready.empty()) {
      size_t node = ready.top();
      ready.pop();
      order_.nodes.push_back(node);
      for (const Reader& reader : readers_[node]) {
        if (is_marked(reader)) continue;
        if (--waiting[reader.node] == 0) ready.push(reader.node);
      }
    }
    if (order_.nodes.size() != count) {
      throw Error("its edges form a loop that is not marked as feedback");
    }
  }

  const NirGraph& graph_;
  Order order_;
  std::vector<bool> needed_;
  std::vector<std::vector<Reader>> readers_;
  std::vector<char> states_;
};

}  // namespace

Order order_of(const NirGraph& graph, size_t sink,
               const std::set<std::pair<std::string, std::string>>& known) {
  return Orderer(graph, sink).run(known);
}

}  // namespace nc::frontend::nir
