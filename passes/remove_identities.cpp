#include "passes/remove_identities.h"

#include <algorithm>
#include <map>

#include "ir/shapes.h"
#include "passes/rewrite.h"

namespace nc {
namespace {

bool all_equal(const Shape& list, int64_t value) {
  return std::all_of(list.begin(), list.end(),
                     [&](int64_t each) { return each == value; });
}

template <class Pool>
bool is_single_cell(const Pool& pool) {
  return all_equal(pool.kernel, 1) && all_equal(pool.stride, 1) &&
         all_equal(pool.padding, 0);
}

// Whether the op gives back what it is given; shapes are known to be equal.
bool is_identity(const Op& op) {
  return std::visit(
      Overload{
          [](const Scale& o) {
            std::vector<double> w = o.weight.to_doubles();
            return o.offset.empty() &&
                   std::all_of(w.begin(), w.end(),
                               [](double each) { return each == 1; });
          },
          [](const Pad& o) {
            return all_equal(o.before, 0) && all_equal(o.after, 0);
          },
          [](const Permute& o) {
            return std::is_sorted(o.order.begin(), o.order.end());
          },
          [](const AvgPool& o) { return is_single_cell(o); },
          [](const SumPool& o) { return is_single_cell(o); },
          [](const MaxPool& o) { return is_single_cell(o); },
          [](const AdaptiveAvgPool&) { return true; },
          [](const Flatten&) { return true; },
          [](const Reshape&) { return true; },
          [](const Slice&) { return true; },
          [](const Concat&) { return true; },
          [](const auto&) { return false; },
      },
      op);
}

}  // namespace

Graph remove_identities(Graph graph) {
  const std::map<std::string, Shape> shapes = infer_shapes(graph);
  for (const std::string& name : node_names(graph)) {
    const Node& node = graph.at(name);
    const Node* source = only_input(graph, node);
    if (!source || shapes.at(source->name) != shapes.at(name)) continue;
    if (is_identity(node.op)) remove_node(graph, name);
  }
  return graph;
}

}  // namespace nc
