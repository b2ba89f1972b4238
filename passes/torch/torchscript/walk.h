// Walks the graph of forward() once, for one input shape and batch, and builds
// the IR from it. An abstract interpreter: modules, numbers and weights are
// known, tensors that depend on the input are names of IR nodes.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "passes/frontend/converter.h"
#include "passes/torch/torchscript/constants.h"

namespace nc::torchscript {

// What the first layer that reads the input says of its shape.
struct ImpliedInput {
  int64_t channels = 0;
  size_t spatial = 0;  // axes besides the channels
};

class Walk {
 public:
  // Without an input shape the walk ends at the first layer that implies
  // something of it, by throwing ImpliedInput.
  Walk(const torch::jit::Module& module, StoredConstants& stored,
       const std::optional<Shape>& input_shape, int64_t batch);

  // Throws Error when forward() does not take one tensor, or has no such
  // output; BakedBatch when the trace holds another batch.
  Imported run(const std::string& name, int64_t output);

  bool has_misfit() const { return graph_.has_misfit(); }
  bool reads_batch() const { return converter_.reads_batch(); }

 private:
  using Node = torch::jit::Node;
  using Names = std::unordered_map<const torch::jit::Value*, Item>;

  // One call of a method or function.
  struct Frame {
    Names names;
    std::string path;      // of the module whose code this is
    bool is_leaf = false;  // it has no submodules
  };

  struct Stop {};  // nothing behind a reached raise can be walked

  using Handler = void (Walk::*)(const Node&, Frame&);
  static const std::map<std::string, Handler>& handlers();

  std::vector<Item> arguments();
  Item call_function(torch::jit::Function& function,
                     const std::vector<Item>& arguments,
                     const std::string& path, bool is_leaf);
  void walk_block(const torch::jit::Block& block, Frame& frame);
  void walk_node(const Node& node, Frame& frame);

  // Primitives of the language.
  void constant(const Node& node, Frame& frame);
  void get_attribute(const Node& node, Frame& frame);
  void set_attribute(const Node& node, Frame& frame);
  void make_list_of(const Node& node, Frame& frame);
  void make_tuple_of(const Node& node, Frame& frame);
  void make_dict_of(const Node& node, Frame& frame);
  void make_object(const Node& node, Frame& frame);
  void unpack(const Node& node, Frame& frame);
  void tuple_index(const Node& node, Frame& frame);
  void tuple_slice(const Node& node, Frame& frame);
  void pass_on(const Node& node, Frame& frame);
  void nothing(const Node& node, Frame& frame);
  void is_instance(const Node& node, Frame& frame);
  void is_same(const Node& node, Frame& frame);
  void format(const Node& node, Frame& frame);
  void call_method(const Node& node, Frame& frame);
  void call_free_function(const Node& node, Frame& frame);
  void branch(const Node& node, Frame& frame);
  void loop(const Node& node, Frame& frame);
  void raise(const Node& node, Frame& frame);
  void print(const Node& node, Frame& frame);

  // Operators.
  void evaluate(const Node& node, Frame& frame);
  std::vector<Item> results_of(const Node& node,
                               const std::vector<Item>& inputs, Frame& frame);
  Operation operation_of(const Node& node, const std::vector<Item>& inputs,
                         const Frame& frame) const;
  std::string stand_in_for_unknown(const Operation& operation);
  bool follows_from_sizes(const std::vector<Item>& inputs) const;
  std::vector<Item> unknown(const Node& node, const std::vector<Item>& inputs,
                            Frame& frame);
  std::vector<Item> folded(const Node& node, const Operation& operation);
  void begin(const Node& node, const Frame& frame);
  void look_for_implied_input(const Node& node, const std::vector<Item>& inputs,
                              const Frame& frame);

  const Item& item(const torch::jit::Value* value, Frame& frame);
  std::vector<Item> items(const Node& node, Frame& frame);
  void set(const Node& node, const std::vector<Item>& results, Frame& frame);
  bool is_size(const Item& item) const;
  void refuse_control_flow(const Node& node, Frame& frame, const Item& item,
                           const std::string& what);
  void count_step();

  const torch::jit::Module& module_;
  StoredConstants& stored_;
  bool is_probing_;
  int64_t batch_;
  GraphBuilder graph_;
  Symbol input_;
  Converter converter_;
  std::set<std::string> unknown_sizes_;  // stand-ins for sizes of unknowns
  std::set<std::string> like_input_;     // of the input's shape, in a probe
  int64_t steps_ = 0;
  int64_t iterations_ = 0;
  int depth_ = 0;
};

}  // namespace nc::torchscript
