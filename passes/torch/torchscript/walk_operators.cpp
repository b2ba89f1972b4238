// How a walk deals with operators: on collections, on constants (folded), on
// tensors that depend on the data (converted), on what nobody knows.
#include <torch/csrc/jit/ir/ir.h>

#include <algorithm>

#include "ir/error.h"
#include "passes/frontend/collections.h"
#include "passes/frontend/constant.h"
#include "passes/torch/torchscript/folding.h"
#include "passes/torch/torchscript/walk.h"

namespace nc::torchscript {
namespace {

using torch::jit::Node;

std::string bare_name(const Node& node) { return node.kind().toUnqualString(); }

// Operators of other libraries share no names with PyTorch's.
bool is_own_namespace(const Node& node) {
  std::string name = node.kind().toQualString();
  return name.compare(0, 6, "aten::") == 0 || name.compare(0, 6, "prim::") == 0;
}

// Operators through which a probe follows the input to its first layer.
bool passes_input_on(const std::string& op) {
  static const std::set<std::string> names = {"to",         "float",
                                              "contiguous", "clone",
                                              "detach",     "dropout",
                                              "add",        "sub",
                                              "rsub",       "mul",
                                              "div",        "neg",
                                              "relu",       "clamp",
                                              "batch_norm", "hardtanh",
                                              "double",     "type_as",
                                              "sigmoid",    "tanh",
                                              "gelu",       "silu",
                                              "leaky_relu", "constant_pad_nd",
                                              "pad",        "feature_dropout",
                                              "alias"};
  return names.count(op) > 0;
}

bool asks_sizes(const std::string& op) {
  return op == "size" || op == "dim" || op == "len" || op == "numel";
}

}  // namespace

void Walk::evaluate(const Node& node, Frame& frame) {
  std::vector<Item> inputs = items(node, frame);
  set(node, results_of(node, inputs, frame), frame);
}

std::vector<Item> Walk::results_of(const Node& node,
                                   const std::vector<Item>& inputs,
                                   Frame& frame) {
  Operation operation = operation_of(node, inputs, frame);
  try {
    if (auto result = on_collection(bare_name(node), inputs)) return {*result};
  } catch (const Refusal& refusal) {
    converter_.begin(operation);
    return converter_.refuse(operation, refusal);
  }
  if (node.maybeSchema() != nullptr) {
    auto filled = fold_filled(bare_name(node), node.schema(), inputs);
    if (filled) return {*filled};
  }
  Leaves leaves = leaves_of(inputs);
  if (!leaves.unknowns.empty()) return unknown(node, inputs, frame);
  if (!leaves.symbols.empty()) return converter_.convert(operation);
  return folded(node, operation);
}

Operation Walk::operation_of(const Node& node, const std::vector<Item>& inputs,
                             const Frame& frame) const {
  Operation operation;
  operation.source.op = node.kind().toQualString();
  operation.source.path = frame.path;
  operation.source.is_leaf = frame.is_leaf;
  operation.name = bare_name(node);
  operation.inputs = inputs;
  for (size_t i = 0; i < inputs.size(); ++i) {
    bool is_named =
        node.maybeSchema() != nullptr && i < node.schema().arguments().size();
    operation.arguments.push_back(is_named ? node.schema().arguments()[i].name()
                                           : "self");
  }
  operation.results = node.outputs().size();
  operation.is_foreign = !is_own_namespace(node);
  return operation;
}

// Something that follows from what is refused is not refused once more, unless
// it has no conversion in any case.
std::vector<Item> Walk::unknown(const Node& node,
                                const std::vector<Item>& inputs, Frame& frame) {
  if (is_probing_) look_for_implied_input(node, inputs, frame);
  Operation operation = operation_of(node, inputs, frame);
  return converter_.unknown(operation, stand_in_for_unknown(operation));
}

std::string Walk::stand_in_for_unknown(const Operation& operation) {
  std::string op = functional_name(operation.name);
  Content content = converter_.contents(operation.inputs);
  const Unsupported* known = converter_.unsupported(op);
  if (known != nullptr && !may_fold("aten::" + op) && !is_probing_) {
    converter_.begin(operation);
    return graph_.refuse(known->reason, content, {});
  }
  std::string stand_in = graph_.add_unknown(content, {});
  if (asks_sizes(op) || follows_from_sizes(operation.inputs)) {
    unknown_sizes_.insert(stand_in);
  }
  bool follows = is_probing_ && passes_input_on(op) && content.size() == 1 &&
                 like_input_.count(content[0]) > 0;
  if (follows) like_input_.insert(stand_in);
  return stand_in;
}

// Whether only sizes of unknown tensors are unknown about the inputs.
bool Walk::follows_from_sizes(const std::vector<Item>& inputs) const {
  Leaves leaves = leaves_of(inputs);
  return leaves.symbols.empty() && !leaves.unknowns.empty() &&
         std::all_of(leaves.unknowns.begin(), leaves.unknowns.end(),
                     [&](const Unknown& each) { return is_size(each); });
}

bool Walk::is_size(const Item& item) const {
  const auto* unknown = std::get_if<Unknown>(&item);
  return unknown != nullptr && !unknown->nodes.empty() &&
         std::all_of(unknown->nodes.begin(), unknown->nodes.end(),
                     [&](const std::string& each) {
                       return unknown_sizes_.count(each) > 0;
                     });
}

std::vector<Item> Walk::folded(const Node& node, const Operation& operation) {
  try {
    return fold(node, operation.inputs, stored_);
  } catch (const Refusal& refusal) {
    converter_.begin(operation);
    return converter_.refuse(operation, refusal);
  }
}

// A probe ends at the first layer whose weights meet the input.
void Walk::look_for_implied_input(const Node& node,
                                  const std::vector<Item>& inputs,
                                  const Frame& frame) {
  const auto* first =
      inputs.empty() ? nullptr : std::get_if<Unknown>(&inputs[0]);
  bool is_input = first != nullptr && first->nodes.size() == 1 &&
                  like_input_.count(first->nodes[0]) > 0;
  if (!is_input || node.maybeSchema() == nullptr) return;
  Call call = converter_.call_of(operation_of(node, inputs, frame));
  std::string op = call.name;
  if (op == "linear" && is_tensor(call.item("weight"))) {
    throw ImpliedInput{shape_of(call.item("weight")).at(1), 0};
  }
  bool is_convolution = op.find("conv") != std::string::npos &&
                        call.has("weight") && call.has("groups") &&
                        is_tensor(call.item("weight"));
  if (!is_convolution) return;
  Shape weight = shape_of(call.item("weight"));
  if (weight.size() < 3 || weight.size() > 4) return;
  throw ImpliedInput{weight[1] * call.integer("groups"), weight.size() - 2};
}

}  // namespace nc::torchscript
