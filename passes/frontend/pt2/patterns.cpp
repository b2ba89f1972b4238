#include "passes/frontend/pt2/patterns.h"

#include "passes/frontend/array_shape.h"
#include "passes/frontend/constant.h"

namespace nc::frontend::pt2 {
namespace {

// The name of the tensor that is given as an argument, or nothing.
std::string tensor_name(const json& node, const char* argument) {
  for (const json& each : array_field(node, "inputs")) {
    if (text_field(each, "name") != argument) continue;
    Choice choice = choice_of(field(each, "arg"));
    return choice.key == "as_tensor" ? text_field(choice.value, "name") : "";
  }
  return "";
}

std::string result_name(const json& node) {
  const json& outputs = array_field(node, "outputs");
  if (outputs.size() != 1) return "";
  Choice choice = choice_of(outputs[0]);
  return choice.key == "as_tensor" ? text_field(choice.value, "name") : "";
}

const Item* argument(const Operation& operation, const std::string& name) {
  for (size_t i = 0; i < operation.inputs.size(); ++i) {
    if (operation.arguments[i] == name) return &operation.inputs[i];
  }
  return nullptr;
}

bool is_constant(const Item* item) {
  return item != nullptr && std::holds_alternative<ConstantRef>(*item);
}

bool is_below(const std::string& name) { return name == "le" || name == "lt"; }
bool is_above(const std::string& name) { return name == "gt" || name == "ge"; }

Operation renamed(Operation operation, const std::string& name,
                  const std::vector<std::pair<std::string, Item>>& inputs) {
  operation.name = name;
  operation.source.op = "aten::" + name;
  operation.arguments.clear();
  operation.inputs.clear();
  for (const auto& [argument, item] : inputs) {
    operation.arguments.push_back(argument);
    operation.inputs.push_back(item);
  }
  return operation;
}

// [channels] of [1, channels, 1, 1].
Item as_line(const Item& weight) {
  Array array = as_array(weight);
  return make_array(reshaped(array, {array.size()}), owner_of(weight));
}

// The value that all elements have, beside values of that shape.
std::optional<double> only_value(const Item& item, const Shape& shape) {
  if (!is_constant(&item)) return {};
  try {
    Tensor parameter = as_parameter(item, shape);
    if (parameter.size() == 1) return parameter.to_doubles()[0];
  } catch (const Refusal&) {
    // Of another shape: no such pattern.
  }
  return {};
}

bool is_view(const std::string& name) {
  return name == "view" || name == "_unsafe_view" || name == "reshape";
}

bool is_one(const Item* item) {
  return item == nullptr || as_number(*item) == 1;
}

}  // namespace

void Patterns::note(const json& node, const Operation& operation) {
  const std::string& name = operation.name;
  const Item* self = argument(operation, "self");
  const Item* other = argument(operation, "other");
  if (name == "mm" || name == "addmm") return note_rows(node, operation);
  if (is_view(name) && self != nullptr && is_symbol(*self)) {
    Symbol x = std::get<Symbol>(*self);
    parts_[result_name(node)] = Part{"view", x, read(graph_, x), {}, {}};
    return;
  }
  bool is_compared = is_below(name) || is_above(name);
  bool is_part = is_compared || name == "mul" || name == "sigmoid";
  if (!is_part || self == nullptr) return;
  if (name == "mul" && is_constant(self)) std::swap(self, other);
  bool fits = self != nullptr && is_symbol(*self) &&
              (name == "sigmoid" || is_constant(other));
  if (!fits) return;
  Symbol x = std::get<Symbol>(*self);
  parts_[result_name(node)] =
      Part{name, x, read(graph_, x), other == nullptr ? Item() : *other, {}};
}

// A matrix product with rows that a view has made of several axes.
void Patterns::note_rows(const json& node, const Operation& operation) {
  bool has_bias = operation.name == "addmm";
  const Part* rows = part(node, has_bias ? "mat1" : "self");
  const Item* weight = argument(operation, "mat2");
  const Item* bias = has_bias ? argument(operation, "self") : nullptr;
  bool fits = rows != nullptr && rows->name == "view" && is_constant(weight) &&
              (!has_bias || is_constant(bias)) &&
              is_one(argument(operation, "alpha")) &&
              is_one(argument(operation, "beta"));
  if (!fits) return;
  Part product{"rows", rows->x, rows->content, *weight,
               bias == nullptr ? make_none() : *bias};
  parts_[result_name(node)] = product;
}

std::optional<Operation> Patterns::whole(const json& node,
                                         const Operation& operation) const {
  if (operation.name == "where") return choice(node, operation);
  if (operation.name == "mul") return product(node, operation);
  if (is_view(operation.name)) return linear(node, operation);
  return {};
}

const Patterns::Part* Patterns::part(const json& node,
                                     const char* argument) const {
  auto found = parts_.find(tensor_name(node, argument));
  return found == parts_.end() ? nullptr : &found->second;
}

// Whether `item` is what the part was made of, and has not changed since.
bool Patterns::is_of(const Part& part, const Item& item) const {
  return is_symbol(item) && std::get<Symbol>(item) == part.x &&
         read(graph_, part.x) == part.content;
}

std::optional<Operation> Patterns::choice(const json& node,
                                          const Operation& operation) const {
  const Part* condition = part(node, "condition");
  const Item* self = argument(operation, "self");
  const Item* other = argument(operation, "other");
  if (condition == nullptr || self == nullptr || other == nullptr) return {};
  bool is_swapped = is_below(condition->name);
  if (!is_swapped && !is_above(condition->name)) return {};
  const Item& kept = is_swapped ? *other : *self;
  const Item& instead = is_swapped ? *self : *other;
  if (!is_of(*condition, kept)) return {};
  auto bound = as_number(condition->constant);
  auto value = only_value(instead, condition->x->shape);
  if (value && bound) {
    // The value went through 32 bits, the bound did not.
    bool is_same = static_cast<float>(*value) == static_cast<float>(*bound);
    return renamed(operation, "threshold",
                   {{"self", kept},
                    {"threshold", condition->constant},
                    {"value", make_number(is_same ? *bound : *value)}});
  }
  const Part* slope = part(node, is_swapped ? "self" : "other");
  bool is_prelu = slope != nullptr && slope->name == "mul" &&
                  is_of(*slope, kept) && is_tensor(slope->constant) &&
                  as_number(condition->constant) == 0.0;
  if (!is_prelu) return {};
  return renamed(operation, "prelu",
                 {{"self", kept}, {"weight", as_line(slope->constant)}});
}

std::optional<Operation> Patterns::product(const json& node,
                                           const Operation& operation) const {
  for (bool is_first : {true, false}) {
    const Part* gate = part(node, is_first ? "self" : "other");
    const Item* x = argument(operation, is_first ? "other" : "self");
    bool is_silu = gate != nullptr && x != nullptr && gate->name == "sigmoid" &&
                   is_of(*gate, *x);
    if (is_silu) return renamed(operation, "silu", {{"self", *x}});
  }
  return {};
}

std::optional<Operation> Patterns::linear(const json& node,
                                          const Operation& operation) const {
  const Part* rows = part(node, "self");
  const Item* size =
      argument(operation, operation.name == "reshape" ? "shape" : "size");
  bool is_product = rows != nullptr && rows->name == "rows" &&
                    size != nullptr && is_of(*rows, rows->x);
  if (!is_product) return {};
  auto sizes = as_integers(*size);
  Array weight = as_array(rows->constant);
  Shape expected = rows->x->shape;
  bool fits = weight.rank() == 2 && expected.size() > 2 &&
              expected.back() == weight.size(0);
  if (!fits) return {};
  expected.back() = weight.size(1);
  if (sizes != expected) return {};
  Item turned = make_array(permuted(weight, {1, 0}), owner_of(rows->constant));
  return renamed(
      operation, "linear",
      {{"input", rows->x}, {"weight", turned}, {"bias", rows->bias}});
}

}  // namespace nc::frontend::pt2
