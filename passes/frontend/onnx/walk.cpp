#include "passes/frontend/onnx/walk.h"

#include <algorithm>
#include <cctype>

#include "ir/error.h"
#include "ir/printable.h"
#include "passes/frontend/constant.h"
#include "passes/frontend/onnx/tensors.h"

namespace nc::onnx {
namespace {

using namespace frontend;

// Real networks stay far below.
constexpr int kMostNodes = 1'000'000;

Translations all_translations() {
  Translations translations;
  add_layers(translations);
  add_pools(translations);
  add_elementwise(translations);
  add_comparisons(translations);
  add_shape_changes(translations);
  add_slices(translations);
  add_constants(translations);
  return translations;
}

std::string quoted(const std::string& name) {
  return "'" + printable(name) + "'";
}

// PyTorch's name of an operator that has a translation or is known not to have
// one: the front ends know by it what a refused operator does.
std::string torch_name(std::string op) {
  auto known = known_by_other_names().find(op);
  if (known != known_by_other_names().end()) return known->second;
  for (char& each : op) {
    each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
  }
  return op;
}

const proto::GraphProto* graph_in(const proto::NodeProto& node,
                                  const std::string& attribute) {
  for (const proto::AttributeProto& each : node.attribute()) {
    if (each.name() == attribute && each.has_g()) return &each.g();
  }
  return nullptr;
}

// -1 where the file leaves the batch open.
int64_t batch_stated_by(const Network& network) {
  Shape shape = stated_shape(network.input());
  return shape.empty() ? -1 : shape[0];
}

}  // namespace

Walk::Walk(Network& network, const Shape& input_shape, int64_t batch)
    : network_(network),
      batch_(batch),
      stated_batch_(batch_stated_by(network)),
      graph_(network.input().name(), input_shape),
      converter_(graph_, batch),
      translations_(all_translations()) {}

Imported Walk::run(const std::string& name, int64_t output) {
  define(network_.input().name(),
         make_symbol(graph_, batch_, {graph_.input_name()}));
  walk_graph(network_.graph());
  Content content = converter_.contents({chosen_output(output)});
  if (content.empty()) {
    throw Error("output " + std::to_string(output) +
                " does not depend on the input");
  }
  return graph_.finish(name, content);
}

void Walk::walk_graph(const proto::GraphProto& graph) {
  for (const proto::NodeProto& each : graph.node()) walk_node(each);
}

void Walk::walk_node(const proto::NodeProto& node) {
  if (++nodes_ > kMostNodes) {
    throw Error("has more than " + std::to_string(kMostNodes) + " nodes");
  }
  Operation operation = operation_of(node);
  try {
    read_inputs(node, operation);
  } catch (const Refusal& refusal) {
    converter_.begin(operation);
    return set(node, converter_.refuse(operation, refusal));
  }
  set(node, results_of(node, operation));
}

Walk::Operation Walk::operation_of(const proto::NodeProto& node) const {
  Operation operation;
  operation.source = network_.origins.of(node);
  operation.name =
      has_translation(node) || known_by_other_names().count(node.op_type())
          ? torch_name(node.op_type())
          : "";
  operation.results = static_cast<size_t>(node.output_size());
  return operation;
}

void Walk::read_inputs(const proto::NodeProto& node, Operation& operation) {
  for (const std::string& each : node.input()) {
    operation.arguments.push_back("");
    operation.inputs.push_back(each.empty() ? make_none() : value(each));
  }
}

Walk::Items Walk::results_of(const proto::NodeProto& node,
                             const Operation& operation) {
  Leaves leaves = leaves_of(operation.inputs);
  if (!leaves.unknowns.empty()) return unknown(node, operation);
  bool is_listed = !leaves.symbols.empty();
  if (is_listed) converter_.begin(operation);
  auto refused = [&](const Refusal& refusal) {
    if (!is_listed) converter_.begin(operation);
    return converter_.refuse(operation, refusal);
  };
  try {
    return translated(node, operation);
  } catch (const BakedBatch& baked) {
    if (baked.batch == stated_batch_ || stated_batch_ < 0) throw;
    return refused(Refusal{"makes " + std::to_string(baked.batch) +
                           " samples of " + std::to_string(stated_batch_)});
  } catch (const Refusal& refusal) {
    return refused(refusal);
  } catch (const Error& error) {
    return refused(Refusal{error.what(), true});
  }
}

Walk::Items Walk::translated(const proto::NodeProto& node,
                             const Operation& operation) {
  bool is_branch = is_standard(node.domain()) && node.op_type() == "If";
  if (is_branch && operation.inputs.size() == 1) {
    return branch(node, operation.inputs[0]);
  }
  if (!has_translation(node)) throw Refusal{reason_against(node)};
  if (node.output_size() == 0) throw Refusal{"gives nothing"};
  NodeCall::Place place{
      graph_, converter_,   network_.folder, network_.model.opset,
      batch_, reads_batch_, unreadable_,     network_.most_elements()};
  NodeCall call(node, operation.inputs, place);
  Item result = translations_.at(node.op_type())(call);
  call.require_all_asked();
  const auto* tuple = std::get_if<std::shared_ptr<Tuple>>(&result);
  if (tuple != nullptr) return (*tuple)->items;
  return {result};
}

// A choice that no data decide. Its graphs see the values around them.
Walk::Items Walk::branch(const proto::NodeProto& node, const Item& condition) {
  auto is_true = as_flag(condition);
  if (!is_true) {
    throw Refusal{
        "branches on the data (data-dependent control flow); a converted "
        "network does the same for every sample"};
  }
  const proto::GraphProto* graph =
      graph_in(node, *is_true ? "then_branch" : "else_branch");
  if (graph == nullptr) throw Refusal{"has no such branch"};
  if (graph->output_size() != node.output_size()) {
    throw Refusal{"has branches with another number of outputs"};
  }
  for (const proto::TensorProto& each : graph->initializer()) {
    define(each.name(), make_array(array_of(each, network_.folder),
                                   owner_of_weight(each.name())));
  }
  walk_graph(*graph);
  Items results;
  for (const auto& each : graph->output())
    results.push_back(value(each.name()));
  return results;
}

// Something that follows from what is refused is not refused once more, unless
// it has no conversion in any case.
Walk::Items Walk::unknown(const proto::NodeProto& node,
                          const Operation& operation) {
  bool reads_none =
      std::any_of(operation.inputs.begin(), operation.inputs.end(),
                  [&](const Item& each) { return is_unreadable(each); });
  if (reads_none || !has_translation(node)) {
    converter_.begin(operation);
    std::string reason = reads_none ? "reads indices or a mask, which has no "
                                      "conversion"
                                    : reason_against(node);
    Content content = converter_.contents(operation.inputs);
    return converter_.unknown(operation, graph_.refuse(reason, content, {}));
  }
  Content content = converter_.contents(operation.inputs);
  return converter_.unknown(operation, graph_.add_unknown(content, {}));
}

bool Walk::has_translation(const proto::NodeProto& node) const {
  return is_standard(node.domain()) && translations_.count(node.op_type()) > 0;
}

std::string Walk::reason_against(const proto::NodeProto& node) const {
  if (node.domain().starts_with("com.microsoft")) {
    return "is an operator of onnxruntime, which optimised this file; import "
           "the one that it was made from";
  }
  if (!is_standard(node.domain())) {
    return "is none of ONNX's own operators; export the network without it";
  }
  if (auto reason = own_refusal(node.op_type())) return *reason;
  const Unsupported* known = converter_.unsupported(torch_name(node.op_type()));
  if (known != nullptr) return known->reason;
  return "has no conversion; replace it, or end the network before it";
}

bool Walk::is_unreadable(const Item& item) const {
  const auto* unknown = std::get_if<Unknown>(&item);
  return unknown != nullptr && unknown->nodes.size() == 1 &&
         unreadable_.count(unknown->nodes[0]) > 0;
}

Item Walk::value(const std::string& name) {
  auto known = values_.find(name);
  if (known != values_.end()) return known->second;
  if (auto weight = network_.weight(name)) return *weight;
  throw Error("nothing gives the value " + quoted(name) +
              " before it is read; the file is damaged");
}

void Walk::define(const std::string& name, const Item& item) {
  if (values_.emplace(name, item).second) return;
  throw Error("two nodes give the value " + quoted(name) +
              "; the file is damaged");
}

void Walk::set(const proto::NodeProto& node, const Items& results) {
  for (size_t i = 0; i < static_cast<size_t>(node.output_size()); ++i) {
    const std::string& name = node.output(static_cast<int>(i));
    if (name.empty()) continue;
    if (i >= results.size()) {
      throw Error(quoted(node.name()) + " (" + operator_name(node) +
                  ") has more outputs than the operator gives");
    }
    define(name, with_stated_shape(name, results[i]));
  }
}

// What follows from something refused can still be looked at where the file
// says what shape it has.
Item Walk::with_stated_shape(const std::string& name, const Item& result) {
  const auto* unknown = std::get_if<Unknown>(&result);
  if (unknown == nullptr || is_unreadable(result)) return result;
  auto shape = network_.stated_shape_of(name);
  if (!shape) return result;
  if ((*shape)[0] >= 0 && (*shape)[0] != stated_batch_) return result;
  (*shape)[0] = batch_;
  std::string node = graph_.add_unknown(unknown->nodes, without_batch(*shape));
  return make_symbol_of_shape(*shape, {node}, graph_);
}

Item Walk::chosen_output(int64_t output) {
  const auto& outputs = network_.graph().output();
  if (output < 0 || output >= outputs.size()) {
    throw Error("the network has " + std::to_string(outputs.size()) +
                " outputs; there is no output " + std::to_string(output));
  }
  if (outputs.size() > 1) {
    graph_.remark("output " + std::to_string(output) + " of " +
                  std::to_string(outputs.size()) +
                  " is used, the others are left out (--output-index N "
                  "chooses)");
  }
  Item item = value(outputs[static_cast<int>(output)].name());
  if (!is_unreadable(item)) return item;
  throw Error("output " + std::to_string(output) +
              " holds indices or a mask, which has no conversion");
}

}  // namespace nc::onnx
