// What the names of the source program stand for while its graph is walked:
// constants, tensors that depend on the input, and collections of both.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "passes/frontend/symbol.h"

namespace nc::frontend {

// A number, text, tensor, None, module ... whose value is known. Opaque here:
// passes/frontend/constant.h asks what it holds.
class Constant;
using ConstantRef = std::shared_ptr<const Constant>;

// What follows from a refused operator and has no shape; `nodes` are the
// stand-ins that it depends on.
struct Unknown {
  Content nodes;
};

struct List;
struct Tuple;
struct Dict;
struct Object;

using Item = std::variant<ConstantRef, Symbol, Unknown, std::shared_ptr<List>,
                          std::shared_ptr<Tuple>, std::shared_ptr<Dict>,
                          std::shared_ptr<Object>>;

// Lists, dicts and objects are shared by all who name them, as in Python.
struct List {
  std::vector<Item> items;
  bool is_attribute = false;  // belongs to a module: must not change
};

struct Tuple {
  std::vector<Item> items;
};

struct Dict {
  std::vector<std::pair<Item, Item>> items;  // in order of insertion
  bool is_attribute = false;
};

// An object that the program itself has made.
struct Object {
  std::map<std::string, Item> slots;
};

inline bool is_symbol(const Item& item) {
  return std::holds_alternative<Symbol>(item);
}
inline bool is_unknown(const Item& item) {
  return std::holds_alternative<Unknown>(item);
}

Item make_list(std::vector<Item> items);
Item make_tuple(std::vector<Item> items);

// All tensors that depend on the input, and all unknowns, inside `item`, in
// order. Nesting is cut off at a depth that no real program has.
struct Leaves {
  std::vector<Symbol> symbols;
  std::vector<Unknown> unknowns;
};
Leaves leaves_of(const std::vector<Item>& items);

}  // namespace nc::frontend
