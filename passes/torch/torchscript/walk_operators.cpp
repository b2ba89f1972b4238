// How a walk deals with operators: on collections, on constants (folded), on
// tensors that depend on the data (converted), on what nobody knows.
#include <torch/csrc/jit/ir/ir.h>

#include <algorithm>

#include "ir/error.h"
#include "passes/torch/torchscript/collections.h"
#include "passes/torch/torchscript/constant.h"
#include "passes/torch/torchscript/folding.h"
#include "passes/torch/torchscript/walk.h"

namespace nc::torchscript {
namespace {

using torch::jit::Node;

bool is_in_place(const std::string& op) {
  return op.size() > 1 && op.back() == '_' && op[op.size() - 2] != '_';
}

std::string functional(const std::string& op) {
  return is_in_place(op) ? op.substr(0, op.size() - 1) : op;
}

std::string bare_name(const Node& node) { return node.kind().toUnqualString(); }

// Operators of other libraries share no names with PyTorch's.
bool is_own_namespace(const Node& node) {
  std::string name = node.kind().toQualString();
  return name.compare(0, 6, "aten::") == 0 || name.compare(0, 6, "prim::") == 0;
}

// In-place operators that change what a name means, not the storage.
bool changes_axes(const std::string& op) {
  static const std::set<std::string> names = {
      "squeeze",  "unsqueeze", "transpose", "t",
      "swapaxes", "swapdims",  "detach"};
  return names.count(op) > 0;
}

// Operators whose results have the shape of their arguments, when refused.
bool keeps_shape(const std::string& op) {
  static const std::set<std::string> names = {
      "batch_norm",    "mul",           "div",
      "pow",           "threshold",     "prelu",
      "maximum",       "minimum",       "softmax",
      "dropout",       "add",           "sub",
      "rsub",          "relu",          "clamp",
      "multiply",      "divide",        "copy",
      "log_softmax",   "instance_norm", "feature_dropout",
      "alpha_dropout", "rrelu",         "fill"};
  return names.count(op) > 0;
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

// The widest shape among the symbols, if all of a rank.
Shape common_shape(const std::vector<Symbol>& symbols) {
  Shape shape = symbols.front()->shape;
  for (const Symbol& each : symbols) {
    if (each->shape.size() != shape.size()) return {};
    for (size_t i = 0; i < shape.size(); ++i) {
      shape[i] = std::max(shape[i], each->shape[i]);
    }
  }
  return shape;
}

}  // namespace

void Walk::evaluate(const Node& node, Frame& frame) {
  std::vector<Item> inputs = items(node, frame);
  set(node, results_of(node, inputs, frame), frame);
}

std::vector<Item> Walk::results_of(const Node& node,
                                   const std::vector<Item>& inputs,
                                   Frame& frame) {
  try {
    if (auto result = on_collection(bare_name(node), inputs)) return {*result};
  } catch (const Refusal& refusal) {
    begin(node, inputs, frame);
    return refused(node, inputs, refusal);
  }
  if (node.maybeSchema() != nullptr) {
    auto filled = fold_filled(bare_name(node), node.schema(), inputs);
    if (filled) return {*filled};
  }
  Leaves leaves = leaves_of(inputs);
  if (!leaves.unknowns.empty()) return unknown(node, inputs, frame);
  if (!leaves.symbols.empty()) return convert(node, inputs, frame);
  return folded(node, inputs, frame);
}

void Walk::begin(const Node& node, const std::vector<Item>& inputs,
                 const Frame& frame) {
  Source source;
  source.op = node.kind().toQualString();
  source.path = frame.path;
  source.is_leaf = frame.is_leaf;
  for (const Item& each : inputs) {
    if (source.parameter.empty() && is_tensor(each)) {
      source.parameter = owner_of(each);
    }
  }
  if (source.parameter == frame.path) source.parameter.clear();
  graph_.begin(source);
}

Call Walk::call_of(const Node& node, const std::vector<Item>& inputs) {
  Call call(graph_, batch_, functional(bare_name(node)));
  for (size_t i = 0; i < inputs.size(); ++i) {
    call.add(node.maybeSchema() == nullptr
                 ? "self"
                 : node.schema().arguments().at(i).name(),
             inputs[i]);
  }
  return call;
}

std::vector<Item> Walk::convert(const Node& node,
                                const std::vector<Item>& inputs, Frame& frame) {
  begin(node, inputs, frame);
  try {
    bool writes = is_in_place(bare_name(node));
    Item result =
        writes ? converted_in_place(node, inputs) : converted(node, inputs);
    const auto* tuple = std::get_if<std::shared_ptr<Tuple>>(&result);
    if (tuple != nullptr && node.outputs().size() > 1) return (*tuple)->items;
    return {result};
  } catch (const Refusal& refusal) {
    return refused(node, inputs, refusal);
  } catch (const Error& error) {
    return refused(node, inputs, Refusal{error.what(), true});
  }
}

Item Walk::converted(const Node& node, const std::vector<Item>& inputs) {
  std::string op = functional(bare_name(node));
  auto found = operators_.find(op);
  if (found == operators_.end() || !is_own_namespace(node)) {
    auto known = unsupported_.find(op);
    throw Refusal{known == unsupported_.end()
                      ? "has no conversion; replace it, or end the network "
                        "before it"
                      : known->second.reason};
  }
  if (!found->second.is_listed) graph_.omit_row();
  Call call = call_of(node, inputs);
  if (call.has("out")) throw Refusal{"writes its result into a given tensor"};
  Item result = found->second.convert(call);
  reads_batch_ = reads_batch_ || call.reads_batch;
  return result;
}

// The result replaces the old value; all views of it follow.
Item Walk::converted_in_place(const Node& node,
                              const std::vector<Item>& inputs) {
  const auto* self = std::get_if<Symbol>(&inputs.at(0));
  if (self == nullptr) {
    throw Refusal{
        "writes activations into a constant tensor; build the tensor "
        "with torch.cat or F.pad"};
  }
  Symbol result = std::get<Symbol>(converted(node, inputs));
  if (result == *self) return result;
  if (changes_axes(functional(bare_name(node)))) {
    **self = *result;
    return *self;
  }
  if (result->shape != (*self)->shape) {
    refuse_misfit("writes values of shape " +
                  to_string(without_batch(result->shape)) +
                  " in place into a tensor of shape " +
                  to_string(without_batch((*self)->shape)));
  }
  write(graph_, *self, read(graph_, result));
  return *self;
}

std::vector<Item> Walk::refused(const Node& node,
                                const std::vector<Item>& inputs,
                                const Refusal& refusal) {
  if (refusal.is_misfit) graph_.note_misfit();
  bool writes = is_in_place(bare_name(node));
  const auto* self = inputs.empty() ? nullptr : std::get_if<Symbol>(&inputs[0]);
  bool has_effect = refusal.has_effect || node.outputs().empty() ||
                    (writes && self == nullptr);
  if (has_effect) graph_.refuse_always(refusal.reason);
  Shape shape = shape_if_refused(node, inputs);
  std::string stand_in =
      graph_.refuse(refusal.reason, contents(inputs),
                    shape.empty() ? Shape{} : without_batch(shape));
  std::vector<Item> results(node.outputs().size(), Unknown{{stand_in}});
  if (shape.empty() || results.empty()) return results;
  if (writes) {
    spoil(graph_, *self, stand_in);
    results[0] = *self;
  } else {
    results[0] = make_symbol_of_shape(shape, {stand_in}, graph_);
  }
  return results;
}

// The shape that the result of a refused operator would have, if it is known.
Shape Walk::shape_if_refused(const Node& node,
                             const std::vector<Item>& inputs) const {
  Leaves leaves = leaves_of(inputs);
  if (leaves.symbols.empty()) return {};
  std::string op = functional(bare_name(node));
  if (is_in_place(bare_name(node))) {
    const auto* self = std::get_if<Symbol>(&inputs[0]);
    return self == nullptr ? Shape{} : (*self)->shape;
  }
  auto known = unsupported_.find(op);
  bool is_kept = keeps_shape(op) ||
                 (known != unsupported_.end() && known->second.keeps_shape);
  return is_kept ? common_shape(leaves.symbols) : Shape{};
}

// Something that follows from what is refused is not refused once more, unless
// it has no conversion in any case.
std::vector<Item> Walk::unknown(const Node& node,
                                const std::vector<Item>& inputs, Frame& frame) {
  if (is_probing_) look_for_implied_input(node, inputs);
  std::string stand_in = stand_in_for_unknown(node, inputs, frame);
  const auto* self = inputs.empty() ? nullptr : std::get_if<Symbol>(&inputs[0]);
  if (is_in_place(bare_name(node)) && self != nullptr) {
    spoil(graph_, *self, stand_in);
    return {*self};
  }
  return std::vector<Item>(node.outputs().size(), Unknown{{stand_in}});
}

std::string Walk::stand_in_for_unknown(const Node& node,
                                       const std::vector<Item>& inputs,
                                       const Frame& frame) {
  std::string op = functional(bare_name(node));
  Content content = contents(inputs);
  auto known = unsupported_.find(op);
  bool is_refused =
      known != unsupported_.end() && !may_fold("aten::" + op) && !is_probing_;
  if (is_refused) {
    begin(node, inputs, frame);
    return graph_.refuse(known->second.reason, content, {});
  }
  std::string stand_in = graph_.add_unknown(content, {});
  if (asks_sizes(op) || follows_from_sizes(inputs)) {
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

std::vector<Item> Walk::folded(const Node& node,
                               const std::vector<Item>& inputs, Frame& frame) {
  try {
    return fold(node, inputs, stored_);
  } catch (const Refusal& refusal) {
    begin(node, inputs, frame);
    return refused(node, inputs, refusal);
  }
}

// A probe ends at the first layer whose weights meet the input.
void Walk::look_for_implied_input(const Node& node,
                                  const std::vector<Item>& inputs) {
  const auto* first =
      inputs.empty() ? nullptr : std::get_if<Unknown>(&inputs[0]);
  bool is_input = first != nullptr && first->nodes.size() == 1 &&
                  like_input_.count(first->nodes[0]) > 0;
  if (!is_input || node.maybeSchema() == nullptr) return;
  Call call = call_of(node, inputs);
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
