#include "passes/frontend/pt2/names.h"

#include <limits>

#include "ir/error.h"
#include "passes/frontend/pt2/layout.h"

namespace nc::frontend::pt2 {
namespace {

// "Infinity", "-Infinity" and "NaN" are written as text.
double fraction_of(const json& value) {
  if (value.is_number()) return value.get<double>();
  if (value == "Infinity") return std::numeric_limits<double>::infinity();
  if (value == "-Infinity") return -std::numeric_limits<double>::infinity();
  if (value == "NaN") return std::numeric_limits<double>::quiet_NaN();
  throw Error("its graph is damaged: expected a number");
}

std::string text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  throw Error("its graph is damaged: expected a text");
}

Item flag_of(const json& value) {
  if (value.is_boolean()) return make_flag(value.get<bool>());
  throw Error("its graph is damaged: expected true or false");
}

bool is_one_of(const std::string& text,
               std::initializer_list<const char*> texts) {
  for (const char* each : texts) {
    if (text == each) return true;
  }
  return false;
}

// The array of a constant that lies on these numbers.
std::optional<Array> view_onto(const Item& item, const void* numbers) {
  const auto* constant = std::get_if<ConstantRef>(&item);
  if (constant == nullptr) return {};
  const auto* array = dynamic_cast<const ArrayConstant*>(constant->get());
  if (array == nullptr || array->array().numbers() != numbers) return {};
  return array->array();
}

}  // namespace

const Item& Names::at(const std::string& name) const {
  auto found = items_.find(name);
  if (found != items_.end()) return found->second;
  throw Error("its graph is damaged: '" + name + "' is read before it is made");
}

void Names::set_stored(const std::string& name, const Item& item) {
  set(name, item);
  try {
    stored_.insert(as_array(item).numbers());
  } catch (const Refusal&) {
    // Of a type that nobody reads, and so nobody writes.
  }
}

Item Names::argument(const json& argument) const {
  Choice choice = choice_of(argument);
  const std::string& kind = choice.key;
  const json& value = choice.value;
  if (kind == "as_none" || kind == "as_memory_format" || kind == "as_layout") {
    return make_none();
  }
  if (kind == "as_tensor") return at(text_field(value, "name"));
  if (kind == "as_name") return at(text_of(value));
  if (kind == "as_int") return make_integer(whole_number(value));
  if (kind == "as_float") return make_number(fraction_of(value));
  if (kind == "as_bool") return flag_of(value);
  if (kind == "as_string") return make_text(text_of(value));
  if (kind == "as_scalar_type") {
    return make_integer(torch_number(whole_number(value)));
  }
  if (kind == "as_device") return make_cpu_device();
  // Unions in unions: a number, or the name of one.
  if (is_one_of(kind, {"as_sym_int", "as_sym_float", "as_sym_bool",
                       "as_optional_tensor"})) {
    return this->argument(value);
  }
  if (value.is_array()) return list_of(value, kind);
  throw Refusal{"takes an argument of the kind '" + kind +
                "', which is not supported"};
}

Item Names::list_of(const json& list, const std::string& kind) const {
  std::vector<Item> items;
  for (const json& each : list) {
    if (kind == "as_tensors") {
      items.push_back(at(text_field(each, "name")));
    } else if (kind == "as_ints") {
      items.push_back(make_integer(whole_number(each)));
    } else if (kind == "as_floats") {
      items.push_back(make_number(fraction_of(each)));
    } else if (kind == "as_bools") {
      items.push_back(flag_of(each));
    } else if (kind == "as_strings") {
      items.push_back(make_text(text_of(each)));
    } else if (is_one_of(kind, {"as_sym_ints", "as_sym_floats", "as_sym_bools",
                                "as_optional_tensors"})) {
      items.push_back(argument(each));
    } else {
      throw Refusal{"takes an argument of the kind '" + kind +
                    "', which is not supported"};
    }
  }
  return make_list(std::move(items));
}

void Names::bind(const json& outputs, const std::vector<Item>& results) {
  if (!outputs.is_array()) throw Error("its graph is damaged: outputs");
  for (size_t i = 0; i < outputs.size(); ++i) {
    bind_one(outputs[i], i < results.size() ? results[i] : make_none());
  }
}

void Names::bind_one(const json& output, const Item& result) {
  Choice choice = choice_of(output);
  if (choice.key == "as_tensor") {
    return set(text_field(choice.value, "name"), result);
  }
  if (choice.key == "as_name") return set(text_of(choice.value), result);
  if (choice.key == "as_none") return;
  if (choice.key != "as_tensors") return bind_one(choice.value, result);
  const auto* list = std::get_if<std::shared_ptr<List>>(&result);
  if (!choice.value.is_array()) throw Error("its graph is damaged: outputs");
  for (size_t i = 0; i < choice.value.size(); ++i) {
    bool is_known = list == nullptr || i < (*list)->items.size();
    if (!is_known)
      throw Error("its graph is damaged: more parts than there are");
    set(text_field(choice.value[i], "name"),
        list == nullptr ? result : (*list)->items[i]);
  }
}

Item Names::write(const Item& constant, const Array& values) {
  Array old = as_array(constant);
  if (stored_.count(old.numbers())) {
    throw Refusal{
        "changes a tensor that belongs to the model; a converted network keeps "
        "nothing from one sample to the next",
        false, true};
  }
  if (!old.is_writable()) throw Refusal{"writes into a tensor that repeats"};
  Array written = old.written(broadcast_to(values, old.shape()));
  Item result = make_array(written, owner_of(constant));
  for (auto& [name, item] : items_) {
    auto view = view_onto(item, old.numbers());
    if (view) item = make_array(view->onto(written), owner_of(item));
  }
  return result;
}

}  // namespace nc::frontend::pt2
