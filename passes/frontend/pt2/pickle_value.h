// Values of a pickle that holds tensors, and what the few functions make that
// such a pickle may call.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "passes/frontend/pt2/layout.h"

namespace nc::frontend::pt2 {

struct PickleValue;
using Value = std::shared_ptr<PickleValue>;

// "collections.OrderedDict"
struct GlobalName {
  std::string name;
};

// The entry data/KEY, holding numbers of one type (0: none that is known).
struct StorageName {
  std::string key;
  int64_t type = 0;
};

struct SavedTensor {
  std::string key;
  Layout layout;
};

struct Sequence {
  std::vector<Value> items;
  bool is_tuple = false;
};

struct Mapping {
  std::vector<std::pair<Value, Value>> items;
};

struct PickleValue {
  std::variant<std::monostate, bool, int64_t, double, std::string, GlobalName,
               StorageName, SavedTensor, Sequence, Mapping>
      content;
  int depth = 0;           // of what is nested in it
  bool is_inside = false;  // of another: it must not grow any more
};

[[noreturn]] void refuse_damaged_pickle();

template <class Content>
Value make_value(Content content) {
  auto value = std::make_shared<PickleValue>();
  value->content = std::move(content);
  return value;
}

// The content; throws Error when the value is of another kind.
template <class Content>
Content& content_of(const Value& value) {
  auto* content = std::get_if<Content>(&value->content);
  if (content == nullptr) refuse_damaged_pickle();
  return *content;
}

// Nothing grows once it is inside something else, so that nothing can hold
// itself, and the depth is known. Throws Error beyond a depth that no dict of
// tensors has.
void put_into(PickleValue& whole, const Value& part);

// What "torch._utils._rebuild_tensor_v2" and its kin make of their arguments;
// an Error for every other name.
Value called(const std::string& name, const std::vector<Value>& arguments);

// ('storage', torch.FloatStorage, '0', 'cpu', 432)
Value storage_of(const Value& identity);

}  // namespace nc::frontend::pt2
