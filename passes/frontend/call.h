// One operator with its arguments, as the conversions see it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "passes/frontend/builder.h"
#include "passes/frontend/constant.h"
#include "passes/frontend/values.h"

namespace nc::frontend {

// Arguments by their name in the operator's schema. Those that ask for a kind
// throw Refusal when the argument is missing or of another kind.
class Arguments {
 public:
  void add(const std::string& argument, const Item& item);

  bool has(const std::string& argument) const;  // and is not None
  bool is_symbolic(const std::string& argument) const;
  const Item& item(const std::string& argument) const;
  Symbol symbol(const std::string& argument) const;
  Tensor tensor(const std::string& argument) const;  // empty for None
  double number(const std::string& argument) const;
  int64_t integer(const std::string& argument) const;
  bool flag(const std::string& argument) const;
  Shape integers(const std::string& argument) const;
  // A list of `count` entries; a single one stands for all.
  Shape integers(const std::string& argument, size_t count) const;

 private:
  std::vector<std::pair<std::string, Item>> arguments_;
};

class Call : public Arguments {
 public:
  Call(GraphBuilder& builder, int64_t samples, std::string op)
      : graph(builder), batch(samples), name(std::move(op)) {}

  // The axis that an argument names, counted from the front; refuses the
  // batch axis.
  int64_t axis(const std::string& argument, const Symbol& tensor) const;

  Content content(const Symbol& tensor) const { return read(graph, tensor); }
  Symbol result(const Content& content) const;
  Symbol result(const std::string& node) const;

  GraphBuilder& graph;
  const int64_t batch;
  const std::string name;  // "conv2d", without namespace and trailing "_"
  mutable bool reads_batch = false;  // the size of the batch was asked for
};

// Axis `axis` of `rank`, which may count from the end.
int64_t normalized_axis(int64_t axis, size_t rank);

// A conversion of one operator: builds nodes, gives the result, or throws
// Refusal (or Error, from the IR, when shapes do not fit).
using Convert = Item (*)(Call& call);

struct Operator {
  Convert convert = nullptr;
  bool is_listed = true;  // has a row in the table
};

// By name without namespace and trailing underscore.
using Operators = std::map<std::string, Operator>;

// Operators that have no conversion, by name: why, and what to do. Those with
// `keeps_shape` have results of the shape of their first argument.
struct Unsupported {
  std::string reason;
  bool keeps_shape = false;
};
using UnsupportedOperators = std::map<std::string, Unsupported>;

void add_convolutions(Operators& operators);
void add_linear(Operators& operators);
void add_arithmetic(Operators& operators);
void add_activations(Operators& operators);
void add_pools(Operators& operators);
void add_reductions(Operators& operators);
void add_shape_changes(Operators& operators);
void add_slices(Operators& operators);
void add_joins(Operators& operators);
void add_choices(Operators& operators);
void add_identities(Operators& operators);
void add_questions(Operators& operators);
UnsupportedOperators unsupported_operators();

}  // namespace nc::frontend
