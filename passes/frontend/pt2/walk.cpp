#include "passes/frontend/pt2/walk.h"

#include <algorithm>

#include "ir/error.h"
#include "passes/frontend/fold_constants.h"
#include "passes/frontend/pt2/defaults.h"
#include "passes/frontend/pt2/target.h"

namespace nc::frontend::pt2 {
namespace {

// Checks that have passed when the network was exported.
bool is_check(const std::string& name) {
  return name.starts_with("_assert") || name.starts_with("sym_constrain") ||
         name.starts_with("_functional_assert");
}

// In-place operators that change what a name means, not the numbers.
bool keeps_numbers(const std::string& name) {
  return name == "detach_" || name == "requires_grad_";
}

bool has_inner_graph(const Target& target) {
  return target.library == "higher_order" &&
         target.name == "wrap_with_set_grad_enabled";
}

}  // namespace

Walk::Walk(const Program& program, const Signature& signature,
           const Shape& input_shape, int64_t batch)
    : program_(program),
      signature_(signature),
      graph_(signature.input, input_shape),
      converter_(graph_, batch),
      paths_(program.module),
      patterns_(graph_) {
  bind_inputs(batch);
}

Imported Walk::run(const std::string& name, int64_t output) {
  walk_nodes(field(program_.module, "graph"));
  refuse_mutations();
  Content content = converter_.contents({chosen_output(output)});
  if (content.empty()) {
    throw Error("output " + std::to_string(output) +
                " does not depend on the input");
  }
  return graph_.finish(name, content);
}

void Walk::bind_inputs(int64_t batch) {
  for (const auto& [name, stored] : signature_.tensors) {
    auto found = program_.tensors.find(stored);
    if (found == program_.tensors.end()) {
      throw Error("the weight '" + stored + "' is missing");
    }
    names_.set_stored(name, found->second);
  }
  for (const auto& [name, value] : signature_.constants) {
    names_.set(name, names_.argument(value));
  }
  names_.set(signature_.input,
             make_symbol(graph_, batch, {graph_.input_name()}));
}

void Walk::walk_nodes(const json& graph) {
  for (const json& each : array_field(graph, "nodes")) walk_node(each);
}

void Walk::walk_node(const json& node) {
  Target target = target_of(text_field(node, "target"));
  const json& outputs = array_field(node, "outputs");
  if (is_check(target.name) && outputs.empty()) return;
  if (has_inner_graph(target)) return walk_inner_graph(node);
  Operation operation = operation_of(node);
  try {
    take_arguments(node, operation);
  } catch (const Refusal& refusal) {
    return names_.bind(outputs, refused(operation, refusal));
  }
  if (auto whole = patterns_.whole(node, operation)) operation = *whole;
  patterns_.note(node, operation);
  names_.bind(outputs, results_of(operation));
}

// wrap_with_set_grad_enabled(flag, graph, inputs ...), which torch.no_grad()
// leaves behind.
void Walk::walk_inner_graph(const json& node) {
  const json& inputs = array_field(node, "inputs");
  if (inputs.size() < 2) throw Error("its graph is damaged: no inner graph");
  const json& inner =
      field(field(field(inputs[1], "arg"), "as_graph"), "graph");
  const json& wanted = array_field(inner, "inputs");
  if (wanted.size() + 2 != inputs.size()) {
    throw Error("its graph is damaged: inputs of an inner graph");
  }
  std::vector<Item> given;
  for (size_t i = 0; i < wanted.size(); ++i) {
    given.push_back(names_.argument(field(inputs[i + 2], "arg")));
  }
  names_.bind(wanted, given);
  walk_nodes(inner);
  std::vector<Item> results;
  for (const json& each : array_field(inner, "outputs")) {
    results.push_back(names_.argument(each));
  }
  const json& outputs = array_field(node, "outputs");
  bool is_list =
      outputs.size() == 1 && choice_of(outputs[0]).key == "as_tensors";
  if (is_list) results = {make_list(std::move(results))};
  names_.bind(outputs, results);
}

Operation Walk::operation_of(const json& node) const {
  Target target = target_of(text_field(node, "target"));
  Operation operation;
  operation.source.op = target.full_name();
  operation.source.path = module_path(node);
  operation.source.is_leaf = paths_.is_leaf(operation.source.path);
  operation.name = target.name;
  operation.results = array_field(node, "outputs").size();
  operation.is_foreign = target.is_foreign();
  return operation;
}

void Walk::take_arguments(const json& node, Operation& operation) {
  Target target = target_of(text_field(node, "target"));
  for (const json& each : array_field(node, "inputs")) {
    size_t position = operation.inputs.size();
    operation.arguments.push_back(
        target.argument(text_field(each, "name"), position));
    operation.inputs.push_back(names_.argument(field(each, "arg")));
  }
  add_defaults(operation);
}

std::vector<Item> Walk::results_of(const Operation& operation) {
  if (auto filled = fold_filled(operation)) return {*filled};
  Leaves leaves = leaves_of(operation.inputs);
  if (!leaves.unknowns.empty()) return unknown(operation);
  if (!leaves.symbols.empty()) return converter_.convert(operation);
  return folded(operation);
}

// Something that follows from what is refused is not refused once more, unless
// it has no conversion in any case.
std::vector<Item> Walk::unknown(const Operation& operation) {
  Content content = converter_.contents(operation.inputs);
  const Unsupported* known = converter_.unsupported(operation.name);
  bool is_refused = known != nullptr && !may_fold(operation.name);
  if (is_refused) converter_.begin(operation);
  std::string stand_in = is_refused ? graph_.refuse(known->reason, content, {})
                                    : graph_.add_unknown(content, {});
  return converter_.unknown(operation, stand_in);
}

std::vector<Item> Walk::folded(const Operation& operation) {
  try {
    if (!is_in_place(operation.name)) return fold_constants(operation);
    const Item& self = operation.inputs.at(0);
    if (keeps_numbers(operation.name)) return {self};
    std::vector<Item> results = fold_constants(operation);
    return {names_.write(self, as_array(results.at(0)))};
  } catch (const Refusal& refusal) {
    return refused(operation, refusal);
  }
}

std::vector<Item> Walk::refused(const Operation& operation,
                                const Refusal& refusal) {
  converter_.begin(operation);
  return converter_.refuse(operation, refusal);
}

void Walk::refuse_mutations() {
  for (const std::string& each : signature_.mutations) {
    Source source;
    source.op = "buffer_mutation";
    source.path = each;
    graph_.begin(source);
    graph_.refuse_always("changes '" + each +
                         "'; a converted network keeps nothing from one sample "
                         "to the next");
  }
}

Item Walk::chosen_output(int64_t output) {
  const std::vector<json>& outputs = signature_.outputs;
  if (output < 0 || output >= static_cast<int64_t>(outputs.size())) {
    throw Error("the network has " + std::to_string(outputs.size()) +
                " outputs; there is no output " + std::to_string(output));
  }
  if (outputs.size() > 1) {
    graph_.remark("output " + std::to_string(output) + " of " +
                  std::to_string(outputs.size()) +
                  " is used, the others are left out (--output-index chooses)");
  }
  return names_.argument(outputs[static_cast<size_t>(output)]);
}

}  // namespace nc::frontend::pt2
