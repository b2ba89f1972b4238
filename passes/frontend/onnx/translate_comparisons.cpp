// Comparisons, logic and choices: between constants. What they decide by
// activations is refused.
#include "passes/frontend/constant.h"
#include "passes/frontend/onnx/node_call.h"

namespace nc::onnx {
namespace {

using namespace frontend;

Item compare(NodeCall& node, const char* op) {
  return node.apply(op, {{"self", node.input(0)}, {"other", node.input(1)}});
}

Item equal(NodeCall& node) { return compare(node, "eq"); }
Item less(NodeCall& node) { return compare(node, "lt"); }
Item at_most(NodeCall& node) { return compare(node, "le"); }
Item greater(NodeCall& node) { return compare(node, "gt"); }
Item at_least(NodeCall& node) { return compare(node, "ge"); }
Item logical_and(NodeCall& node) { return compare(node, "logical_and"); }
Item logical_or(NodeCall& node) { return compare(node, "logical_or"); }
Item logical_xor(NodeCall& node) { return compare(node, "logical_xor"); }

Item logical_not(NodeCall& node) {
  return node.apply("logical_not", {{"self", node.input(0)}});
}

Item where(NodeCall& node) {
  return node.apply("where", {{"condition", node.input(0)},
                              {"self", node.input(1)},
                              {"other", node.input(2)}});
}

}  // namespace

void add_comparisons(Translations& translations) {
  translations["Equal"] = equal;
  translations["Less"] = less;
  translations["LessOrEqual"] = at_most;
  translations["Greater"] = greater;
  translations["GreaterOrEqual"] = at_least;
  translations["And"] = logical_and;
  translations["Or"] = logical_or;
  translations["Xor"] = logical_xor;
  translations["Not"] = logical_not;
  translations["Where"] = where;
}

}  // namespace nc::onnx
