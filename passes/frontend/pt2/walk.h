// Walks the nodes of an exported graph once, for one input shape and batch:
// weights and numbers are computed, tensors that depend on the input become
// nodes of the IR. The graph has no control flow of its own.
#pragma once

#include <string>
#include <vector>

#include "passes/frontend/converter.h"
#include "passes/frontend/pt2/names.h"
#include "passes/frontend/pt2/patterns.h"
#include "passes/frontend/pt2/program.h"
#include "passes/frontend/pt2/signature.h"

namespace nc::frontend::pt2 {

class Walk {
 public:
  Walk(const Program& program, const Signature& signature,
       const Shape& input_shape, int64_t batch);

  // Throws Error when there is no such output, or the graph is damaged.
  Imported run(const std::string& name, int64_t output);

  bool has_misfit() const { return graph_.has_misfit(); }
  bool reads_batch() const { return converter_.reads_batch(); }

 private:
  void bind_inputs(int64_t batch);
  void walk_nodes(const json& graph);
  void walk_node(const json& node);
  void walk_inner_graph(const json& node);

  Operation operation_of(const json& node) const;
  void take_arguments(const json& node, Operation& operation);
  std::vector<Item> results_of(const Operation& operation);
  std::vector<Item> unknown(const Operation& operation);
  std::vector<Item> folded(const Operation& operation);
  std::vector<Item> refused(const Operation& operation, const Refusal& refusal);
  void refuse_mutations();
  Item chosen_output(int64_t output);

  const Program& program_;
  const Signature& signature_;
  GraphBuilder graph_;
  Converter converter_;
  ModulePaths paths_;
  Names names_;
  Patterns patterns_;
};

}  // namespace nc::frontend::pt2
