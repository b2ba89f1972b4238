// Fields of the JSON that torch.export writes, which others may have written
// or damaged: what is missing or of another kind is an Error.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "ir/tensor.h"

namespace nc::frontend::pt2 {

using nlohmann::json;

// Throws Error for what is no JSON, or nested beyond reason. Records that are
// for debugging (stack traces) are left out.
json parse_json(const std::string& text, const std::string& entry);

const json& field(const json& object, const char* name);
std::string text_field(const json& object, const char* name);
int64_t whole_number(const json& value);
const json& array_field(const json& object, const char* name);

// The only key of a union such as {"as_int": 3}, and its value.
struct Choice {
  std::string key;
  const json& value;
};
Choice choice_of(const json& object);

// {"as_int": 64}; a symbolic size gives nothing, or its hint.
struct Size {
  std::optional<int64_t> value;
  std::optional<int64_t> hint;
};
Size size_of(const json& size);

// Sizes that must all be numbers.
Shape numbers_of(const json& sizes);

}  // namespace nc::frontend::pt2
