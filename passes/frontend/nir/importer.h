// A NIR graph to a graph of the IR, node by node in the order of computing.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "passes/frontend/nir/chain.h"
#include "passes/frontend/nir/notes.h"
#include "passes/frontend/nir/order.h"

namespace nc::frontend::nir {

class Importer {
 public:
  Importer(NirGraph graph, const ImportOptions& options);
  Imported run();

 private:
  // What became of a node of the file.
  struct Made {
    std::string name;              // of the IR node that gives its values
    std::optional<Shape> in, out;  // unknown behind what is refused
  };

  void choose_settings();
  size_t only_source() const;
  size_t choose_sink();
  void choose_run();
  void choose_timesteps(bool has_memory);
  void add_remarks();

  void import_node(size_t node);
  void import_end(const NirNode& node, Made& made, const Shape& shape,
                  const std::vector<std::string>& inputs);
  Chain convert(NirNode& node, Fields& fields, const Shape& in);
  void add(const NirNode& node, const Chain& chain, Made& made,
           std::vector<std::string> inputs);

  std::vector<std::string> inputs_of(size_t node) const;
  void name_feedback();
  std::optional<Shape> arriving(size_t node, Fields& fields);
  std::optional<Shape> read_from(size_t source) const;
  void require_edge(size_t from, size_t to, const Shape& expected) const;
  bool is_feedback_node(size_t node) const;
  std::string name_for(const NirNode& node);
  std::string unused(const std::string& wanted);

  NirGraph graph_;
  ImportOptions options_;
  Notes notes_;
  bool is_own_;
  bool integers_ = false;
  Settings settings_;
  Order order_;
  std::vector<Made> made_;          // per NIR node
  std::set<std::string> reserved_;  // names that exported nodes had
  std::set<std::string> taken_;
  bool depends_on_dt_ = false;
  bool lacks_reset_ = false;
  Imported result_;
};

}  // namespace nc::frontend::nir
