// What the names of the graph stand for, and how arguments are made of them.
#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "passes/frontend/constant.h"
#include "passes/frontend/pt2/json.h"

namespace nc::frontend::pt2 {

class Names {
 public:
  // Throws Error for a name that nothing has been given.
  const Item& at(const std::string& name) const;
  void set(const std::string& name, const Item& item) { items_[name] = item; }

  // A tensor that came with the file: must not change.
  void set_stored(const std::string& name, const Item& item);

  // The value of an argument, {"as_tensor": {"name": "x"}} and its kin. Throws
  // Refusal for kinds that no conversion takes.
  Item argument(const json& argument) const;

  // Gives the results of an operator their names, in order.
  void bind(const json& outputs, const std::vector<Item>& results);

  // Writes numbers into a constant that the program has made; all views of it
  // follow. Throws Refusal when it belongs to the model.
  Item write(const Item& constant, const Array& values);

 private:
  Item list_of(const json& list, const std::string& kind) const;
  void bind_one(const json& output, const Item& result);

  std::unordered_map<std::string, Item> items_;
  std::set<const void*> stored_;
};

}  // namespace nc::frontend::pt2
