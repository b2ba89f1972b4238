#include "passes/frontend/converter.h"

#include <algorithm>

#include "ir/error.h"

namespace nc::frontend {
namespace {

Operators all_operators() {
  Operators operators;
  add_convolutions(operators);
  add_linear(operators);
  add_arithmetic(operators);
  add_activations(operators);
  add_pools(operators);
  add_reductions(operators);
  add_shape_changes(operators);
  add_slices(operators);
  add_joins(operators);
  add_choices(operators);
  add_identities(operators);
  add_questions(operators);
  return operators;
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

const Symbol* first_symbol(const Operation& operation) {
  if (operation.inputs.empty()) return nullptr;
  return std::get_if<Symbol>(&operation.inputs[0]);
}

}  // namespace

bool is_in_place(const std::string& name) {
  return name.size() > 1 && name.back() == '_' && name[name.size() - 2] != '_';
}

std::string functional_name(const std::string& name) {
  return is_in_place(name) ? name.substr(0, name.size() - 1) : name;
}

Converter::Converter(GraphBuilder& graph, int64_t batch)
    : graph_(graph),
      batch_(batch),
      operators_(all_operators()),
      unsupported_(unsupported_operators()) {}

void Converter::begin(const Operation& operation) {
  Source source = operation.source;
  for (const Item& each : operation.inputs) {
    if (source.parameter.empty() && is_tensor(each)) {
      source.parameter = owner_of(each);
    }
  }
  if (source.parameter == source.path) source.parameter.clear();
  graph_.begin(source);
}

std::vector<Item> Converter::convert(const Operation& operation) {
  begin(operation);
  try {
    Item result = is_in_place(operation.name) ? converted_in_place(operation)
                                              : converted(operation);
    const auto* tuple = std::get_if<std::shared_ptr<Tuple>>(&result);
    if (tuple != nullptr && operation.results > 1) return (*tuple)->items;
    return {result};
  } catch (const Refusal& refusal) {
    return refuse(operation, refusal);
  } catch (const Error& error) {
    return refuse(operation, Refusal{error.what(), true});
  }
}

std::vector<Item> Converter::refuse(const Operation& operation,
                                    const Refusal& refusal) {
  if (refusal.is_misfit) graph_.note_misfit();
  bool writes = is_in_place(operation.name);
  const Symbol* self = first_symbol(operation);
  bool has_effect = refusal.has_effect || operation.results == 0 ||
                    (writes && self == nullptr);
  if (has_effect) graph_.refuse_always(refusal.reason);
  Shape shape = shape_if_refused(operation);
  std::string stand_in =
      graph_.refuse(refusal.reason, contents(operation.inputs),
                    shape.empty() ? Shape{} : without_batch(shape));
  std::vector<Item> results(operation.results, Unknown{{stand_in}});
  if (shape.empty() || results.empty()) return results;
  if (writes) {
    spoil(graph_, *self, stand_in);
    results[0] = *self;
  } else {
    results[0] = make_symbol_of_shape(shape, {stand_in}, graph_);
  }
  return results;
}

std::vector<Item> Converter::unknown(const Operation& operation,
                                     const std::string& stand_in) {
  const Symbol* self = first_symbol(operation);
  if (is_in_place(operation.name) && self != nullptr) {
    spoil(graph_, *self, stand_in);
    return {*self};
  }
  return std::vector<Item>(operation.results, Unknown{{stand_in}});
}

const Unsupported* Converter::unsupported(const std::string& name) const {
  auto known = unsupported_.find(functional_name(name));
  return known == unsupported_.end() ? nullptr : &known->second;
}

Content Converter::contents(const std::vector<Item>& items) {
  Leaves leaves = leaves_of(items);
  Content content;
  for (const Symbol& each : leaves.symbols) {
    Content nodes = read(graph_, each);
    content.insert(content.end(), nodes.begin(), nodes.end());
  }
  for (const Unknown& each : leaves.unknowns) {
    content.insert(content.end(), each.nodes.begin(), each.nodes.end());
  }
  return content;
}

Call Converter::call_of(const Operation& operation) {
  Call call(graph_, batch_, functional_name(operation.name));
  for (size_t i = 0; i < operation.inputs.size(); ++i) {
    call.add(operation.arguments.at(i), operation.inputs[i]);
  }
  return call;
}

Item Converter::converted(const Operation& operation) {
  auto found = operators_.find(functional_name(operation.name));
  if (found == operators_.end() || operation.is_foreign) {
    const Unsupported* known = unsupported(operation.name);
    throw Refusal{known == nullptr ? "has no conversion; replace it, or end "
                                     "the network before it"
                                   : known->reason};
  }
  if (!found->second.is_listed) graph_.omit_row();
  Call call = call_of(operation);
  if (call.has("out")) throw Refusal{"writes its result into a given tensor"};
  Item result = found->second.convert(call);
  reads_batch_ = reads_batch_ || call.reads_batch;
  return result;
}

// The result replaces the old value; all views of it follow.
Item Converter::converted_in_place(const Operation& operation) {
  const Symbol* self = first_symbol(operation);
  if (self == nullptr) {
    throw Refusal{
        "writes activations into a constant tensor; build the tensor "
        "with torch.cat or F.pad"};
  }
  Symbol result = std::get<Symbol>(converted(operation));
  if (result == *self) return result;
  if (changes_axes(functional_name(operation.name))) {
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

// The shape that the result of a refused operator would have, if it is known.
Shape Converter::shape_if_refused(const Operation& operation) const {
  Leaves leaves = leaves_of(operation.inputs);
  if (leaves.symbols.empty()) return {};
  if (is_in_place(operation.name)) {
    const Symbol* self = first_symbol(operation);
    return self == nullptr ? Shape{} : (*self)->shape;
  }
  const Unsupported* known = unsupported(operation.name);
  bool is_kept = keeps_shape(functional_name(operation.name)) ||
                 (known != nullptr && known->keeps_shape);
  return is_kept ? common_shape(leaves.symbols) : Shape{};
}

}  // namespace nc::frontend
