// Walks an ONNX graph once, for one input shape and batch, and builds the IR
// from it. What depends on the input is names of IR nodes; all else is known.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "passes/frontend/imported.h"
#include "passes/frontend/onnx/network.h"
#include "passes/frontend/onnx/node_call.h"

namespace nc::onnx {

class Walk {
 public:
  Walk(Network& network, const Shape& input_shape, int64_t batch);

  // Throws Error when the graph is not in order, or has no such output;
  // BakedBatch when it holds another batch.
  Imported run(const std::string& name, int64_t output);

  bool has_misfit() const { return graph_.has_misfit(); }
  bool reads_batch() const { return reads_batch_ || converter_.reads_batch(); }

 private:
  using Items = std::vector<Item>;
  using Operation = frontend::Operation;

  void walk_graph(const proto::GraphProto& graph);
  void walk_node(const proto::NodeProto& node);

  // The node without its inputs.
  Operation operation_of(const proto::NodeProto& node) const;
  void read_inputs(const proto::NodeProto& node, Operation& operation);
  Items results_of(const proto::NodeProto& node, const Operation& operation);
  Items translated(const proto::NodeProto& node, const Operation& operation);
  Items branch(const proto::NodeProto& node, const Item& condition);
  Items unknown(const proto::NodeProto& node, const Operation& operation);

  // Why there is no translation of the node.
  std::string reason_against(const proto::NodeProto& node) const;
  bool has_translation(const proto::NodeProto& node) const;

  bool is_unreadable(const Item& item) const;
  Item value(const std::string& name);
  void define(const std::string& name, const Item& item);
  void set(const proto::NodeProto& node, const Items& results);
  Item with_stated_shape(const std::string& name, const Item& result);
  Item chosen_output(int64_t output);

  Network& network_;
  int64_t batch_;
  int64_t stated_batch_;
  frontend::GraphBuilder graph_;
  frontend::Converter converter_;
  Translations translations_;
  std::map<std::string, Item> values_;
  std::set<std::string> unreadable_;
  bool reads_batch_ = false;
  int nodes_ = 0;
};

}  // namespace nc::onnx
