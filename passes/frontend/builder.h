// Collects the IR nodes and the table of an import, operator by operator.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "passes/frontend/imported.h"
#include "passes/frontend/refusal.h"

namespace nc::frontend {

// The sum of the outputs of these nodes.
using Content = std::vector<std::string>;

// Where the nodes of one operator come from.
struct Source {
  std::string op;        // "aten::relu_"
  std::string path;      // module whose code holds the operator
  bool is_leaf = false;  // and it has no submodules: the node may have its name
  std::string parameter;  // module that owns the operator's weights, if any
};

class GraphBuilder {
 public:
  GraphBuilder(const std::string& input_name, const Shape& input_shape);

  // Starts a row of the table; nodes that follow belong to it.
  void begin(const Source& source);
  void approximate(const std::string& reason);
  void ann_only(const std::string& reason);
  // The current row is left out of the table (shape arithmetic, identities).
  void omit_row();

  // Refuses the current operator, and returns a stand-in of the given shape
  // for its result (empty: unknown). It counts only if the output needs it.
  std::string refuse(const std::string& reason, const Content& inputs,
                     const Shape& shape);
  // The same for what has no result that could be unused.
  void refuse_always(const std::string& reason);
  // A stand-in for what follows from a refused operator.
  std::string add_unknown(const Content& inputs, const Shape& shape);
  // Softmax: dropped when it is the output, else refused.
  std::string add_softmax(const Content& inputs);

  // The node that does the operator's work and has its name, if one is free.
  std::string add(const Op& op, const Content& inputs);
  // A node beside it, named after its kind.
  std::string add_helper(const Op& op, const Content& inputs);
  // A reshape, flatten, permute or slice; the node may turn out needless.
  Content rearranged(const Op& op, const Content& inputs);
  // One node for the sum of all.
  std::string single(const Content& content);
  // A sum; long ones are added up, so that they do not grow without end.
  Content sum(Content a, const Content& b);

  std::string input_name() const { return nodes_.front().name; }
  const Node& node(const std::string& name) const;
  const Shape& shape_of(const std::string& node) const;
  const Shape& shape_of(const Content& content) const;

  bool has_misfit() const { return has_misfit_; }
  void note_misfit() { has_misfit_ = true; }
  void remark(const std::string& text);

  // The graph that ends in `output`, without what it does not need; empty when
  // it needs something that is refused.
  Imported finish(const std::string& name, Content output);

 private:
  struct Row {
    Conversion conversion;
    bool is_omitted = false;
    bool is_always = false;
    std::string stand_in;  // of what is refused
    std::string node;      // the last that was added
  };

  std::string insert(const std::string& name, const Op& op,
                     const Content& inputs);
  std::string insert_stand_in(const Content& inputs, const Shape& shape);
  std::string main_name(const std::string& kind) const;
  std::string helper_name(const std::string& kind) const;
  std::string unused(const std::string& wanted);
  std::string numbered(const std::string& stem);
  Content without_softmax(Content output);
  std::set<std::string> needed_by(const Content& output) const;
  bool settle_verdicts(const std::set<std::string>& needed);

  std::vector<Node> nodes_;
  std::map<std::string, size_t> index_;
  std::map<std::string, Shape> shapes_;
  std::map<std::string, int> counters_;
  std::map<std::string, size_t> softmaxes_;  // stand-in, row
  std::vector<Row> rows_;
  std::vector<std::string> remarks_;
  Source source_;
  bool has_misfit_ = false;
};

}  // namespace nc::frontend
