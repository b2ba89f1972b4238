#include "backends/nir/lower.h"

#include "backends/nir/equalise.h"
#include "backends/nir/lowering.h"
#include "backends/nir/survey.h"
#include "ir/error.h"
#include "ir/shapes.h"

namespace nc::nir {
namespace {

bool is_stored_per_neuron(const Op& op) {
  return as_neuron(op) || std::holds_alternative<Li>(op) ||
         std::holds_alternative<Delay>(op);
}

}  // namespace

Lowering::Lowering(const Graph& graph, Profile profile)
    : graph_(graph),
      profile_(profile),
      integers_(is_quantized(graph)),
      shapes_(infer_shapes(graph)),
      saturating_(saturating_nodes(graph)) {}

Lowered Lowering::run() {
  std::set<std::string> read = read_nodes(graph_);
  std::vector<std::string> unread;
  for (const Node& node : graph_.nodes) {
    if (read.contains(node.name)) {
      attempt(node);
    } else {
      unread.push_back(node.name);
    }
  }
  require_none_refused();
  for (const auto& [from, to] : feedback_) {
    for (size_t source : values_.at(from)) builder_.feed_back(source, to);
  }
  if (needs_equal_thresholds(profile_)) {
    equalise_thresholds(builder_, integers_);
  }
  return {std::move(builder_), std::move(unread)};
}

void Lowering::refuse(const std::string& kind) {
  throw Error("NIR has no " + kind);
}

void Lowering::attempt(const Node& node) {
  node_ = &node;
  try {
    if (reads_step_before(node)) require_feedback();
    require_room_for_values();
    values_[node.name] = std::visit(*this, node.op);
  } catch (const Error& error) {
    refused_.push_back("node '" + node.name + "': " + error.what());
    // What follows is looked at as if this had been written.
    Primitive missing{"", {}, shapes_.at(node.name)};
    values_[node.name] = {
        builder_.add({node.name, "", std::move(missing), {}, &node}, {})};
  }
}

void Lowering::require_room_for_values() const {
  constexpr int64_t kArrays = 4;  // r, v_threshold and the like
  int64_t values = element_count(out());
  if (values > kMaxArray) {
    throw Error("its values of shape " + to_string(out()) +
                " are more than 2^26");
  }
  if (is_stored_per_neuron(node_->op)) builder_.require_room(kArrays * values);
}

void Lowering::require_feedback() const {
  if (profile_ == Profile::generic || profile_ == Profile::exact) return;
  throw Error(
      "it reads the step before, for which consumers have rules of their "
      "own (profiles generic and exact)");
}

void Lowering::require_none_refused() const {
  if (refused_.empty()) return;
  std::string text =
      "cannot be written as NIR for the profile " + name_of(profile_) + ": ";
  for (size_t i = 0; i < refused_.size(); ++i) {
    text += (i == 0 ? "" : "; ") + refused_[i];
  }
  throw Error(text);
}

void Lowering::require_readable(const Primitive& made) const {
  bool one_axis = made.type == "Conv1d" &&
                  (profile_ == Profile::norse || profile_ == Profile::sinabs);
  if (!one_axis) return;
  throw Error(name_of(profile_) + " does not read Conv1d, as which NIR " +
              "writes layers of two axes");
}

Sources Lowering::inputs() const {
  Sources all;
  for (const std::string& input : node_->inputs) {
    if (is_feedback(input)) continue;
    const Sources& more = values_.at(input);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

void Lowering::remember_feedback(size_t reader) {
  for (const std::string& input : node_->inputs) {
    if (is_feedback(input)) {
      feedback_.emplace_back(source_of(input), reader);
    }
  }
}

size_t Lowering::add(Primitive made, const Sources& sources,
                     const std::string& role, const std::string& suffix) {
  require_readable(made);
  return builder_.add({node_->name + suffix, role, std::move(made), {}, node_},
                      sources);
}

Sources Lowering::emit(Primitive made, const Sources& sources) {
  size_t added = add(std::move(made), sources);
  remember_feedback(added);
  return {added};
}

Sources Lowering::pass(const std::string& role) {
  if (role != "sum" && !reads_step_before(*node_)) return inputs();
  std::vector<double> ones(static_cast<size_t>(in().at(0)), 1);
  size_t added = add(diagonal(in(), ones), inputs(), role, "_" + role);
  remember_feedback(added);
  return {added};
}

Lowered lower(const Graph& graph, Profile profile) {
  return Lowering(graph, profile).run();
}

}  // namespace nc::nir
