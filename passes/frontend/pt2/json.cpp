#include "passes/frontend/pt2/json.h"

#include "ir/error.h"

namespace nc::frontend::pt2 {
namespace {

constexpr int kDeepestNesting = 200;

[[noreturn]] void refuse(const std::string& what) {
  throw Error("its graph is damaged: " + what);
}

// Long, and of no use here.
bool is_for_debugging(const json& key) {
  return key == "stack_trace" || key == "from_node" || key == "torch_fn";
}

}  // namespace

json parse_json(const std::string& text, const std::string& entry) {
  auto keep = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > kDeepestNesting) {
      throw Error("its entry '" + entry + "' is nested too deeply");
    }
    return event != json::parse_event_t::key || !is_for_debugging(parsed);
  };
  try {
    return json::parse(text, keep);
  } catch (const json::exception&) {
    throw Error("its entry '" + entry + "' is no valid JSON");
  }
}

const json& field(const json& object, const char* name) {
  if (object.is_object()) {
    auto found = object.find(name);
    if (found != object.end()) return *found;
  }
  refuse("'" + std::string(name) + "' is missing");
}

std::string text_field(const json& object, const char* name) {
  const json& value = field(object, name);
  if (value.is_string()) return value.get<std::string>();
  refuse("'" + std::string(name) + "' is no text");
}

int64_t whole_number(const json& value) {
  bool fits = value.is_number_integer() &&
              (!value.is_number_unsigned() ||
               value.get<uint64_t>() <= uint64_t{INT64_MAX});
  if (fits) return value.get<int64_t>();
  refuse("expected a whole number");
}

const json& array_field(const json& object, const char* name) {
  const json& value = field(object, name);
  if (value.is_array()) return value;
  refuse("'" + std::string(name) + "' is no list");
}

Choice choice_of(const json& object) {
  if (object.is_object() && object.size() == 1) {
    return {object.begin().key(), object.begin().value()};
  }
  refuse("expected an object with one key");
}

Size size_of(const json& size) {
  Choice choice = choice_of(size);
  if (choice.key == "as_int") return {whole_number(choice.value), {}};
  if (choice.key != "as_expr") refuse("a size of kind '" + choice.key + "'");
  Size symbolic;
  auto hint = choice.value.find("hint");
  bool has_hint = choice.value.is_object() && hint != choice.value.end() &&
                  hint->is_object() && hint->contains("as_int");
  if (has_hint) symbolic.hint = whole_number((*hint)["as_int"]);
  return symbolic;
}

Shape numbers_of(const json& sizes) {
  Shape shape;
  for (const json& each : sizes) {
    auto value = size_of(each).value;
    if (!value) refuse("expected sizes that are numbers");
    shape.push_back(*value);
  }
  return shape;
}

}  // namespace nc::frontend::pt2
