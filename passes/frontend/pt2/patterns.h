// Operators that run_decompositions() takes apart, put together again:
//   threshold   where(x <= t, v, x)
//   prelu       where(x > 0, x, w * x)
//   silu        x * sigmoid(x)
//   linear      view(addmm(b, view(x, [rows, features]), w), [..., outputs]),
//               over the last of several axes
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "passes/frontend/converter.h"
#include "passes/frontend/pt2/json.h"

namespace nc::frontend::pt2 {

class Patterns {
 public:
  explicit Patterns(GraphBuilder& graph) : graph_(graph) {}

  // Remembers what may become a part of one.
  void note(const json& node, const Operation& operation);

  // The whole operator that ends in this node, if there is one.
  std::optional<Operation> whole(const json& node,
                                 const Operation& operation) const;

 private:
  // An operator on x, while x had this content, and a constant.
  struct Part {
    std::string name;
    Symbol x;
    Content content;
    Item constant;
    Item bias;
  };

  void note_rows(const json& node, const Operation& operation);
  const Part* part(const json& node, const char* argument) const;
  bool is_of(const Part& part, const Item& item) const;
  std::optional<Operation> choice(const json& node,
                                  const Operation& operation) const;
  std::optional<Operation> product(const json& node,
                                   const Operation& operation) const;
  std::optional<Operation> linear(const json& node,
                                  const Operation& operation) const;

  GraphBuilder& graph_;
  std::unordered_map<std::string, Part> parts_;  // by the name of the result
};

}  // namespace nc::frontend::pt2
