#include "passes/torch/torchscript/walk.h"

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>

#include <algorithm>

#include "ir/error.h"
#include "passes/frontend/constant.h"

namespace nc::torchscript {
namespace {

// A file must not keep us busy for ever. Real networks stay far below.
constexpr int64_t kMostSteps = 5'000'000;
constexpr int64_t kMostIterations = 10'000;
constexpr int kDeepestCall = 100;

std::string joined(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

bool has_submodules(const c10::ClassType& type) {
  for (size_t i = 0; i < type.numAttributes(); ++i) {
    auto attribute = type.getAttribute(i)->cast<c10::ClassType>();
    if (attribute != nullptr && attribute->is_module()) return true;
  }
  return false;
}

const c10::IValue* object_of(const Item& item) {
  const c10::IValue* value = value_of(item);
  return value != nullptr && value->isObject() ? value : nullptr;
}

std::string schema_argument(const torch::jit::Module& module) {
  const auto& arguments =
      module.get_method("forward").function().getSchema().arguments();
  return arguments.size() > 1 ? arguments[1].name() : "in";
}

const std::vector<Item>* sequence_of(const Item& item) {
  if (const auto* list = std::get_if<std::shared_ptr<List>>(&item)) {
    return &(*list)->items;
  }
  const auto* tuple = std::get_if<std::shared_ptr<Tuple>>(&item);
  return tuple == nullptr ? nullptr : &(*tuple)->items;
}

// The outputs of a network in order, whatever they are packed in.
void flatten_outputs(const Item& item, std::vector<Item>& outputs, int depth) {
  if (depth > kDeepestCall) return;
  if (const std::vector<Item>* items = sequence_of(item)) {
    for (const Item& each : *items) flatten_outputs(each, outputs, depth + 1);
  } else if (const auto* dict = std::get_if<std::shared_ptr<Dict>>(&item)) {
    for (const auto& each : (*dict)->items) {
      flatten_outputs(each.second, outputs, depth + 1);
    }
  } else {
    outputs.push_back(item);
  }
}

Item chosen_output(const Item& result, int64_t output, GraphBuilder& graph) {
  std::vector<Item> outputs;
  flatten_outputs(result, outputs, 0);
  if (output < 0 || output >= static_cast<int64_t>(outputs.size())) {
    throw Error("the network has " + std::to_string(outputs.size()) +
                " outputs; there is no output " + std::to_string(output));
  }
  if (outputs.size() > 1) {
    graph.remark("output " + std::to_string(output) + " of " +
                 std::to_string(outputs.size()) +
                 " is used, the others are left out (--output-index chooses)");
  }
  return outputs[static_cast<size_t>(output)];
}

}  // namespace

Walk::Walk(const torch::jit::Module& module, StoredConstants& stored,
           const std::optional<Shape>& input_shape, int64_t batch)
    : module_(module),
      stored_(stored),
      is_probing_(!input_shape),
      batch_(batch),
      graph_(schema_argument(module), input_shape.value_or(Shape{1})),
      converter_(graph_, batch) {}

Imported Walk::run(const std::string& name, int64_t output) {
  auto method = module_.get_method("forward");
  auto type = module_._ivalue()->type();
  Content content;
  try {
    Item result = call_function(method.function(), arguments(), "",
                                !has_submodules(*type));
    Item chosen = chosen_output(result, output, graph_);
    content = converter_.contents({chosen});
    if (content.empty()) {
      throw Error("output " + std::to_string(output) +
                  " does not depend on the input");
    }
  } catch (const Stop&) {
    content = {graph_.input_name()};
  }
  return graph_.finish(name, content);
}

std::vector<Item> Walk::arguments() {
  const auto& schema = module_.get_method("forward").function().getSchema();
  std::vector<Item> arguments = {stored_.wrap(module_._ivalue(), "")};
  bool has_input = false;
  for (size_t i = 1; i < schema.arguments().size(); ++i) {
    const c10::Argument& each = schema.arguments()[i];
    bool is_tensor = each.type()->kind() == c10::TypeKind::TensorType;
    if (is_tensor && !has_input) {
      has_input = true;
      Unknown unknown{{graph_.input_name()}};
      like_input_.insert(graph_.input_name());
      arguments.push_back(
          is_probing_ ? Item(unknown)
                      : Item(make_symbol(graph_, batch_, unknown.nodes)));
    } else if (each.default_value()) {
      arguments.push_back(stored_.wrap(*each.default_value(), ""));
    } else {
      throw Error("forward() wants the argument '" + each.name() +
                  "' of type " + each.type()->annotation_str() +
                  "; only networks with one tensor as input are supported");
    }
  }
  if (!has_input) throw Error("forward() takes no tensor as its input");
  return arguments;
}

Item Walk::call_function(torch::jit::Function& function,
                         const std::vector<Item>& arguments,
                         const std::string& path, bool is_leaf) {
  auto* graph_function = torch::jit::tryToGraphFunction(function);
  if (graph_function == nullptr || depth_ >= kDeepestCall) {
    throw Error("function '" + function.name() +
                "' has no graph, or calls itself without end");
  }
  ++depth_;
  std::shared_ptr<torch::jit::Graph> graph = graph_function->graph();
  Frame frame;
  frame.path = path;
  frame.is_leaf = is_leaf;
  for (size_t i = 0; i < graph->inputs().size(); ++i) {
    frame.names[graph->inputs()[i]] = arguments.at(i);
  }
  walk_block(*graph->block(), frame);
  --depth_;
  return item(graph->outputs().at(0), frame);
}

void Walk::walk_block(const torch::jit::Block& block, Frame& frame) {
  for (const Node* node : block.nodes()) walk_node(*node, frame);
}

void Walk::walk_node(const Node& node, Frame& frame) {
  count_step();
  auto found = handlers().find(node.kind().toQualString());
  if (found == handlers().end()) {
    evaluate(node, frame);
  } else {
    (this->*found->second)(node, frame);
  }
}

const std::map<std::string, Walk::Handler>& Walk::handlers() {
  static const std::map<std::string, Handler> table = {
      {"prim::Constant", &Walk::constant},
      {"prim::GetAttr", &Walk::get_attribute},
      {"prim::SetAttr", &Walk::set_attribute},
      {"prim::ListConstruct", &Walk::make_list_of},
      {"prim::TupleConstruct", &Walk::make_tuple_of},
      {"prim::DictConstruct", &Walk::make_dict_of},
      {"prim::CreateObject", &Walk::make_object},
      {"prim::ListUnpack", &Walk::unpack},
      {"prim::TupleUnpack", &Walk::unpack},
      {"prim::TupleIndex", &Walk::tuple_index},
      {"prim::TupleSlice", &Walk::tuple_slice},
      {"prim::unchecked_cast", &Walk::pass_on},
      {"prim::unchecked_unwrap_optional", &Walk::pass_on},
      {"aten::_unwrap_optional", &Walk::pass_on},
      {"prim::Uninitialized", &Walk::nothing},
      {"aten::warn", &Walk::nothing},
      {"aten::set_grad_enabled", &Walk::nothing},
      {"prim::isinstance", &Walk::is_instance},
      {"aten::__is__", &Walk::is_same},
      {"aten::__isnot__", &Walk::is_same},
      {"aten::format", &Walk::format},
      {"prim::CallMethod", &Walk::call_method},
      {"prim::CallFunction", &Walk::call_free_function},
      {"prim::If", &Walk::branch},
      {"prim::Loop", &Walk::loop},
      {"prim::RaiseException", &Walk::raise},
      {"prim::Print", &Walk::print},
  };
  return table;
}

const Item& Walk::item(const torch::jit::Value* value, Frame& frame) {
  return frame.names.at(value);
}

std::vector<Item> Walk::items(const Node& node, Frame& frame) {
  std::vector<Item> items;
  for (const torch::jit::Value* each : node.inputs()) {
    items.push_back(item(each, frame));
  }
  return items;
}

void Walk::set(const Node& node, const std::vector<Item>& results,
               Frame& frame) {
  for (size_t i = 0; i < node.outputs().size(); ++i) {
    frame.names[node.outputs()[i]] =
        i < results.size() ? results[i] : make_none();
  }
}

void Walk::count_step() {
  if (++steps_ > kMostSteps) {
    throw Error("forward() takes more than " + std::to_string(kMostSteps) +
                " steps");
  }
}

void Walk::constant(const Node& node, Frame& frame) {
  auto value = torch::jit::toIValue(node.output());
  if (!value) return set(node, {make_none()}, frame);  // of a function
  std::string owner;
  if (value->isTensor()) owner = frame.path;
  set(node, {stored_.wrap(*value, owner)}, frame);
}

void Walk::get_attribute(const Node& node, Frame& frame) {
  const Item& owner = item(node.input(), frame);
  std::string name = node.s(c10::attr::name);
  if (const auto* made = std::get_if<std::shared_ptr<Object>>(&owner)) {
    auto slot = (*made)->slots.find(name);
    if (slot == (*made)->slots.end()) throw Error("no attribute " + name);
    return set(node, {slot->second}, frame);
  }
  const c10::IValue* object = object_of(owner);
  if (object == nullptr) return evaluate(node, frame);
  c10::IValue value = object->toObjectRef().getAttr(name);
  // Dropout and BatchNorm ask this; a network is always imported for use.
  if (name == "training" && value.isBool()) value = false;
  std::string path = owner_of(owner);
  bool is_object = value.isObject();
  set(node, {stored_.wrap(value, is_object ? joined(path, name) : path)},
      frame);
}

void Walk::set_attribute(const Node& node, Frame& frame) {
  const Item& owner = item(node.inputs().at(0), frame);
  std::string name = node.s(c10::attr::name);
  if (const auto* made = std::get_if<std::shared_ptr<Object>>(&owner)) {
    (*made)->slots[name] = item(node.inputs().at(1), frame);
    return;
  }
  begin(node, frame);
  graph_.refuse_always("sets the attribute '" + name +
                       "'; a converted network keeps nothing from one sample "
                       "to the next");
}

void Walk::make_list_of(const Node& node, Frame& frame) {
  set(node, {make_list(items(node, frame))}, frame);
}

void Walk::make_tuple_of(const Node& node, Frame& frame) {
  set(node, {make_tuple(items(node, frame))}, frame);
}

void Walk::make_dict_of(const Node& node, Frame& frame) {
  auto dict = std::make_shared<Dict>();
  std::vector<Item> inputs = items(node, frame);
  for (size_t i = 0; i + 1 < inputs.size(); i += 2) {
    dict->items.emplace_back(inputs[i], inputs[i + 1]);
  }
  set(node, {dict}, frame);
}

void Walk::make_object(const Node& node, Frame& frame) {
  set(node, {std::make_shared<Object>()}, frame);
}

void Walk::unpack(const Node& node, Frame& frame) {
  const Item& packed = item(node.input(), frame);
  const std::vector<Item>* parts = sequence_of(packed);
  if (parts == nullptr) {
    return set(node, unknown(node, {packed}, frame), frame);
  }
  if (parts->size() != node.outputs().size()) {
    begin(node, frame);
    graph_.note_misfit();
    graph_.refuse_always("expected " + std::to_string(node.outputs().size()) +
                         " parts, found " + std::to_string(parts->size()));
    throw Stop{};
  }
  set(node, std::vector<Item>(*parts), frame);
}

void Walk::tuple_index(const Node& node, Frame& frame) {
  const std::vector<Item>* parts = sequence_of(item(node.inputs()[0], frame));
  auto index = as_integer(item(node.inputs()[1], frame));
  if (parts == nullptr || !index) {
    return set(node, unknown(node, items(node, frame), frame), frame);
  }
  int64_t count = static_cast<int64_t>(parts->size());
  int64_t at = *index < 0 ? *index + count : *index;
  if (at < 0 || at >= count) throw Error("an index lies outside its tuple");
  set(node, {(*parts)[static_cast<size_t>(at)]}, frame);
}

void Walk::tuple_slice(const Node& node, Frame& frame) {
  const std::vector<Item>* parts = sequence_of(item(node.input(), frame));
  if (parts == nullptr) return evaluate(node, frame);
  int64_t count = static_cast<int64_t>(parts->size());
  int64_t begin = std::clamp<int64_t>(node.i(c10::attr::beg), 0, count);
  int64_t end = std::clamp<int64_t>(node.i(c10::attr::end), begin, count);
  set(node,
      {make_tuple(
          std::vector<Item>(parts->begin() + begin, parts->begin() + end))},
      frame);
}

void Walk::pass_on(const Node& node, Frame& frame) {
  set(node, {item(node.inputs().at(0), frame)}, frame);
}

void Walk::nothing(const Node& node, Frame& frame) { set(node, {}, frame); }

// Whether a value is of one of some types.
void Walk::is_instance(const Node& node, Frame& frame) {
  const Item& asked = item(node.input(), frame);
  c10::TypePtr type = c10::TensorType::get();
  if (auto value = unwrap(asked, node.input()->type())) {
    type = value->type();
  } else if (!is_symbol(asked)) {
    type = node.input()->type();
  }
  bool is_one = false;
  for (const c10::TypePtr& each : node.tys(c10::attr::types)) {
    is_one = is_one || type->isSubtypeOf(*each);
  }
  set(node, {make_flag(is_one)}, frame);
}

// `is None` and `is not None`, also for tensors that depend on the data.
void Walk::is_same(const Node& node, Frame& frame) {
  const Item& a = item(node.inputs().at(0), frame);
  const Item& b = item(node.inputs().at(1), frame);
  if (is_unknown(a) || is_unknown(b)) {
    return set(node, unknown(node, {a, b}, frame), frame);
  }
  if (!is_none(a) && !is_none(b)) return evaluate(node, frame);
  bool is_positive = std::string(node.kind().toUnqualString()) == "__is__";
  bool is_both = is_none(a) && is_none(b);
  set(node, {make_flag(is_both == is_positive)}, frame);
}

// Texts are for messages: what cannot be shown is left out.
void Walk::format(const Node& node, Frame& frame) {
  std::vector<Item> inputs = items(node, frame);
  Leaves leaves = leaves_of(inputs);
  if (leaves.symbols.empty() && leaves.unknowns.empty()) {
    return evaluate(node, frame);
  }
  set(node, {inputs.at(0)}, frame);
}

void Walk::call_method(const Node& node, Frame& frame) {
  std::vector<Item> inputs = items(node, frame);
  std::string name = node.s(c10::attr::name);
  const c10::IValue* object = object_of(inputs.at(0));
  c10::ClassTypePtr type =
      object != nullptr ? object->toObjectRef().type()
                        : node.inputs()[0]->type()->cast<c10::ClassType>();
  torch::jit::Function* method =
      type == nullptr ? nullptr : type->findMethod(name);
  if (method == nullptr) return evaluate(node, frame);
  std::string path = object != nullptr ? owner_of(inputs[0]) : frame.path;
  bool is_leaf = object != nullptr ? !has_submodules(*type) : frame.is_leaf;
  set(node, {call_function(*method, inputs, path, is_leaf)}, frame);
}

void Walk::call_free_function(const Node& node, Frame& frame) {
  std::vector<Item> inputs = items(node, frame);
  auto type = node.inputs().at(0)->type()->cast<c10::FunctionType>();
  if (type == nullptr) return evaluate(node, frame);
  inputs.erase(inputs.begin());
  set(node,
      {call_function(*type->function(), inputs, frame.path, frame.is_leaf)},
      frame);
}

void Walk::branch(const Node& node, Frame& frame) {
  const Item condition = item(node.input(), frame);
  auto is_true = as_flag(condition);
  if (!is_true) {
    refuse_control_flow(node, frame, condition, "branches on");
    return set(node, unknown(node, {condition}, frame), frame);
  }
  const torch::jit::Block* block = node.blocks().at(*is_true ? 0 : 1);
  walk_block(*block, frame);
  std::vector<Item> results;
  for (const torch::jit::Value* each : block->outputs()) {
    results.push_back(item(each, frame));
  }
  set(node, results, frame);
}

void Walk::loop(const Node& node, Frame& frame) {
  std::vector<Item> inputs = items(node, frame);
  const torch::jit::Block& block = *node.blocks().at(0);
  auto most = as_integer(inputs.at(0));
  Item condition = inputs.at(1);
  std::vector<Item> carried(inputs.begin() + 2, inputs.end());
  for (int64_t i = 0;; ++i) {
    auto goes_on = as_flag(condition);
    if (!most || !goes_on) {
      refuse_control_flow(node, frame, most ? condition : inputs[0],
                          "repeats depending on");
      return set(node, unknown(node, {condition, inputs[0]}, frame), frame);
    }
    if (i >= *most || !*goes_on) break;
    if (++iterations_ > kMostIterations) {
      throw Error("loops of forward() take more than " +
                  std::to_string(kMostIterations) + " turns");
    }
    frame.names[block.inputs().at(0)] = make_integer(i);
    for (size_t k = 0; k < carried.size(); ++k) {
      frame.names[block.inputs().at(k + 1)] = carried[k];
    }
    walk_block(block, frame);
    condition = item(block.outputs().at(0), frame);
    for (size_t k = 0; k < carried.size(); ++k) {
      carried[k] = item(block.outputs().at(k + 1), frame);
    }
  }
  set(node, carried, frame);
}

// Control flow that cannot be followed. What depends on sizes of something
// refused is no news.
void Walk::refuse_control_flow(const Node& node, Frame& frame,
                               const Item& condition, const std::string& what) {
  if (is_probing_ || is_size(condition)) return;
  begin(node, frame);
  graph_.refuse_always(what +
                       " the data (data-dependent control flow); a converted "
                       "network does the same for every sample");
}

void Walk::begin(const Node& node, const Frame& frame) {
  converter_.begin(operation_of(node, {}, frame));
}

void Walk::raise(const Node& node, Frame& frame) {
  auto message = as_text(item(node.inputs().at(0), frame));
  begin(node, frame);
  graph_.note_misfit();
  graph_.refuse_always("the network itself refuses this input: " +
                       message.value_or("an exception"));
  throw Stop{};
}

void Walk::print(const Node& node, Frame& frame) {
  begin(node, frame);
  graph_.refuse_always("prints; take it out of forward()");
}

}  // namespace nc::torchscript
