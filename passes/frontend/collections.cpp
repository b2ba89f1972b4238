#include "passes/frontend/collections.h"

#include <algorithm>
#include <map>

#include "passes/frontend/builder.h"
#include "passes/frontend/constant.h"

namespace nc::frontend {
namespace {

constexpr size_t kMostItems = size_t{1} << 20;

using Items = std::vector<Item>;

size_t position(const Items& items, const Item& index) {
  auto number = as_integer(index);
  if (!number) throw Refusal{"its index depends on the data"};
  int64_t count = static_cast<int64_t>(items.size());
  int64_t at = *number < 0 ? *number + count : *number;
  if (at >= 0 && at < count) return static_cast<size_t>(at);
  throw Refusal{"list index " + std::to_string(*number) + " out of range",
                true};
}

void require_room(size_t count) {
  if (count > kMostItems) throw Refusal{"makes a list that is too long"};
}

const Items& items_of(const Item& item) {
  if (const auto* list = std::get_if<std::shared_ptr<List>>(&item)) {
    return (*list)->items;
  }
  throw Refusal{"expected a list"};
}

[[noreturn]] void refuse_change(const std::string& kind) {
  throw Refusal{"changes a " + kind +
                    " that belongs to the model; a converted network keeps "
                    "nothing from one sample to the next",
                false, true};
}

List& own(const std::shared_ptr<List>& list) {
  if (!list->is_attribute) return *list;
  refuse_change("list");
}

Item append(const std::shared_ptr<List>& list, const Items& inputs) {
  require_room(list->items.size() + 1);
  own(list).items.push_back(inputs.at(1));
  return list;
}

Item extend(const std::shared_ptr<List>& list, const Items& inputs) {
  Items more = items_of(inputs.at(1));
  require_room(list->items.size() + more.size());
  Items& items = own(list).items;
  items.insert(items.end(), more.begin(), more.end());
  return list;
}

Item insert(const std::shared_ptr<List>& list, const Items& inputs) {
  Items& items = own(list).items;
  int64_t at = as_integer(inputs.at(1)).value_or(0);
  int64_t count = static_cast<int64_t>(items.size());
  at = std::clamp<int64_t>(at < 0 ? at + count : at, 0, count);
  require_room(items.size() + 1);
  items.insert(items.begin() + at, inputs.at(2));
  return list;
}

Item pop(const std::shared_ptr<List>& list, const Items& inputs) {
  Items& items = own(list).items;
  size_t at = position(items, inputs.at(1));
  Item item = items[at];
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(at));
  return item;
}

Item clear(const std::shared_ptr<List>& list, const Items&) {
  own(list).items.clear();
  return list;
}

Item reverse(const std::shared_ptr<List>& list, const Items&) {
  Items& items = own(list).items;
  std::reverse(items.begin(), items.end());
  return list;
}

Item set_item(const std::shared_ptr<List>& list, const Items& inputs) {
  Items& items = own(list).items;
  items[position(items, inputs.at(1))] = inputs.at(2);
  return list;
}

Item get_item(const std::shared_ptr<List>& list, const Items& inputs) {
  return list->items[position(list->items, inputs.at(1))];
}

Item length(const std::shared_ptr<List>& list, const Items&) {
  return make_integer(static_cast<int64_t>(list->items.size()));
}

Item join(const std::shared_ptr<List>& list, const Items& inputs) {
  Items items = list->items;
  const Items& more = items_of(inputs.at(1));
  require_room(items.size() + more.size());
  items.insert(items.end(), more.begin(), more.end());
  return make_list(std::move(items));
}

Item repeat(const std::shared_ptr<List>& list, const Items& inputs) {
  auto times = as_integer(inputs.at(1));
  if (!times) throw Refusal{"repeats a list as often as the data say"};
  Items items;
  for (int64_t i = 0; i < *times && !list->items.empty(); ++i) {
    require_room(items.size() + list->items.size());
    items.insert(items.end(), list->items.begin(), list->items.end());
  }
  return make_list(std::move(items));
}

Item copy(const std::shared_ptr<List>& list, const Items&) {
  return make_list(list->items);
}

// list[start:stop:step], with a positive step.
Item slice(const std::shared_ptr<List>& list, const Items& inputs) {
  int64_t count = static_cast<int64_t>(list->items.size());
  auto bound = [&](size_t i, int64_t standard) {
    if (i >= inputs.size() || is_none(inputs[i])) return standard;
    int64_t value = as_integer(inputs[i]).value_or(0);
    return std::clamp<int64_t>(value < 0 ? value + count : value, 0, count);
  };
  int64_t step = inputs.size() > 3 ? as_integer(inputs[3]).value_or(1) : 1;
  if (step < 1) throw Refusal{"expected a positive step"};
  Items items;
  for (int64_t i = bound(1, 0); i < bound(2, count); i += step) {
    items.push_back(list->items[static_cast<size_t>(i)]);
  }
  return make_list(std::move(items));
}

using OnList = Item (*)(const std::shared_ptr<List>&, const Items&);

OnList list_operator(const std::string& op) {
  static const std::map<std::string, OnList> table = {
      {"append", append},      {"extend", extend},
      {"insert", insert},      {"pop", pop},
      {"clear", clear},        {"reverse", reverse},
      {"_set_item", set_item}, {"__getitem__", get_item},
      {"len", length},         {"add", join},
      {"add_", extend},        {"mul", repeat},
      {"copy", copy},          {"list", copy},
      {"slice", slice}};
  auto found = table.find(op);
  return found == table.end() ? nullptr : found->second;
}

using Pairs = std::vector<std::pair<Item, Item>>;

Pairs::iterator find(Pairs& pairs, const Item& key) {
  return std::find_if(pairs.begin(), pairs.end(), [&](const auto& each) {
    return same_key(each.first, key);
  });
}

Item keys_or_values(const Dict& dict, bool is_keys) {
  Items items;
  for (const auto& each : dict.items) {
    items.push_back(is_keys ? each.first : each.second);
  }
  return make_list(std::move(items));
}

Item all_pairs(const Dict& dict) {
  Items items;
  for (const auto& each : dict.items) {
    items.push_back(make_tuple({each.first, each.second}));
  }
  return make_list(std::move(items));
}

Item set_entry(Dict& dict, const Item& key, const Item& value) {
  if (dict.is_attribute) refuse_change("dict");
  require_room(dict.items.size() + 1);
  auto found = find(dict.items, key);
  if (found == dict.items.end()) {
    dict.items.emplace_back(key, value);
  } else {
    found->second = value;
  }
  return make_none();
}

Item get_entry(Dict& dict, const Items& inputs) {
  auto found = find(dict.items, inputs.at(1));
  if (found != dict.items.end()) return found->second;
  if (inputs.size() > 2) return inputs[2];
  throw Refusal{"a dict has no such key"};
}

std::optional<Item> on_dict(const std::string& op, Dict& dict,
                            const Items& inputs) {
  if (op == "__getitem__") return get_entry(dict, inputs);
  if (op == "get" && inputs.size() > 2) return get_entry(dict, inputs);
  if (op == "_set_item") return set_entry(dict, inputs.at(1), inputs.at(2));
  if (op == "len") {
    return make_integer(static_cast<int64_t>(dict.items.size()));
  }
  if (op == "keys") return keys_or_values(dict, true);
  if (op == "values") return keys_or_values(dict, false);
  if (op == "items") return all_pairs(dict);
  if (op == "__contains__") {
    return make_flag(find(dict.items, inputs.at(1)) != dict.items.end());
  }
  return {};
}

// dict(), of nothing, of another dict, or of pairs.
Item new_dict(const Items& inputs) {
  auto made = std::make_shared<Dict>();
  if (inputs.empty()) return made;
  if (const auto* dict = std::get_if<std::shared_ptr<Dict>>(&inputs[0])) {
    made->items = (*dict)->items;
    return made;
  }
  for (const Item& each : items_of(inputs[0])) {
    const auto* pair = std::get_if<std::shared_ptr<Tuple>>(&each);
    if (pair == nullptr || (*pair)->items.size() != 2) {
      throw Refusal{"expected pairs"};
    }
    set_entry(*made, (*pair)->items[0], (*pair)->items[1]);
  }
  return made;
}

}  // namespace

std::optional<Item> on_collection(const std::string& op,
                                  const std::vector<Item>& inputs) {
  if (op == "dict") return new_dict(inputs);
  if (inputs.empty()) return {};
  if (const auto* dict = std::get_if<std::shared_ptr<Dict>>(&inputs[0])) {
    return on_dict(op, **dict, inputs);
  }
  const auto* list = std::get_if<std::shared_ptr<List>>(&inputs[0]);
  OnList apply = list_operator(op);
  if (list == nullptr || apply == nullptr) return {};
  return apply(*list, inputs);
}

bool same_key(const Item& a, const Item& b) {
  if (auto text = as_text(a)) return text == as_text(b);
  auto number = as_number(a);
  return number && number == as_number(b);
}

}  // namespace nc::frontend
