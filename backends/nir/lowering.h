// The walk over a graph that lower() makes: one overload for each op
// (lower_operators.cpp), and what they share (lower.cpp).
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "backends/nir/lower.h"

namespace nc::nir {

class Lowering {
 public:
  Lowering(const Graph& graph, Profile profile);

  Lowered run();

  // What the node that is being written becomes. Throw Error for what cannot
  // be written.
  Sources operator()(const Input& op);
  Sources operator()(const Output& op);
  Sources operator()(const Affine& op);
  Sources operator()(const Conv1d& op);
  Sources operator()(const Conv2d& op);
  Sources operator()(const Scale& op);
  Sources operator()(const SumPool& op);
  Sources operator()(const Pad& op);
  Sources operator()(const Flatten& op);
  Sources operator()(const Reshape& op);
  Sources operator()(const Permute& op);
  Sources operator()(const Slice& op);
  Sources operator()(const Concat& op);
  Sources operator()(const If&) { return fire(); }
  Sources operator()(const Lif&) { return fire(); }
  Sources operator()(const Li&) { return fire(); }
  Sources operator()(const Delay& op);
  template <class Kind>
  Sources operator()(const Kind&) {
    refuse(Kind::kind);
  }

 private:
  [[noreturn]] static void refuse(const std::string& kind);
  template <IsConvolution Conv>
  Sources convolve(const Conv& op);
  Sources fire();

  void attempt(const Node& node);
  void require_room_for_values() const;
  void require_feedback() const;
  void require_none_refused() const;
  void require_readable(const Primitive& made) const;

  // Shapes of what the node reads and gives.
  const Shape& in() const { return shapes_.at(source_of(node_->inputs.at(0))); }
  const Shape& out() const { return shapes_.at(node_->name); }

  // The sum of what the node reads of this step.
  Sources inputs() const;
  void remember_feedback(size_t reader);

  size_t add(Primitive made, const Sources& sources,
             const std::string& role = "", const std::string& suffix = "");
  // The node itself, with all it reads.
  Sources emit(Primitive made, const Sources& sources);
  // The sum of the inputs, as it is; through a node of its own where a node is
  // needed.
  Sources pass(const std::string& role);

  Primitive placed_part(const Shape& part, size_t axis, int64_t offset) const;
  size_t add_part(Primitive placed, const std::string& input);
  size_t add_border_bias(const Tensor& bias, const std::vector<Axis>& axes);
  Sources to_one_axis();
  size_t add_permuted(const Permute& permute, const std::string& input);

  const Graph& graph_;
  Profile profile_;
  bool integers_;
  std::map<std::string, Shape> shapes_;
  std::set<std::string> saturating_;
  Builder builder_;
  const Node* node_ = nullptr;  // the one that is being written
  std::map<std::string, Sources> values_;
  std::vector<std::pair<std::string, size_t>> feedback_;
  std::vector<std::string> refused_;
};

}  // namespace nc::nir
