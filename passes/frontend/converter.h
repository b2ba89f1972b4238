// Turns one operator after another into nodes, a refusal, or a stand-in for
// what follows from one. What all walks over foreign graphs have in common.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "passes/frontend/call.h"

namespace nc::frontend {

// One operator of the source, as a walk meets it.
struct Operation {
  Source source;     // for the table; the owner of weights is filled in
  std::string name;  // as PyTorch's schemas have it, "relu_"
  std::vector<std::string> arguments;  // their names in that schema
  std::vector<Item> inputs;            // and their values
  size_t results = 1;
  bool is_foreign = false;  // of another library than PyTorch
};

// "relu_", but not "__not__".
bool is_in_place(const std::string& name);
std::string functional_name(const std::string& name);  // "relu"

class Converter {
 public:
  Converter(GraphBuilder& graph, int64_t batch);

  // Starts the operator's row in the table.
  void begin(const Operation& operation);

  // Some inputs depend on the data, and all are known: begins a row, and
  // builds nodes or refuses. As many results as the operation has.
  std::vector<Item> convert(const Operation& operation);

  // The same under a row that has begun, for sources whose operators are made
  // of several. Throws Refusal, or Error for shapes that do not fit.
  Item converted(const Operation& operation);

  // Refuses an operation whose row has begun; results are stand-ins.
  std::vector<Item> refuse(const Operation& operation, const Refusal& refusal);

  // The results of what follows from something refused, given its stand-in.
  std::vector<Item> unknown(const Operation& operation,
                            const std::string& stand_in);

  // Why the operator never has a conversion, if that is known.
  const Unsupported* unsupported(const std::string& name) const;

  // The nodes that hold all tensors among the items.
  Content contents(const std::vector<Item>& items);

  Call call_of(const Operation& operation);
  bool reads_batch() const { return reads_batch_; }

 private:
  Item converted_in_place(const Operation& operation);
  Shape shape_if_refused(const Operation& operation) const;

  GraphBuilder& graph_;
  int64_t batch_;
  Operators operators_;
  UnsupportedOperators unsupported_;
  bool reads_batch_ = false;
};

}  // namespace nc::frontend
