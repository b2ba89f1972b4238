// One list of fields per op, from which the file, JSON and the text form are
// made. An op says
//
//   static constexpr auto fields() {
//     return std::tuple(field("weight", &Affine::weight), ...);
//   }
//
// and readers and writers walk it with for_each_field.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <tuple>

namespace nc {

template <class Op, class Value>
struct Field {
  const char* name;
  Value Op::*member;
  bool required;  // must stand in a file; others have the op's default
};

template <class Op, class Value>
constexpr Field<Op, Value> field(const char* name, Value Op::*member) {
  return {name, member, false};
}

template <class Op, class Value>
constexpr Field<Op, Value> required(const char* name, Value Op::*member) {
  return {name, member, true};
}

// Calls f(field, value) for each field of `op`, in order. `op` may be const.
template <class Op, class F>
void for_each_field(Op& op, F&& f) {
  std::apply([&](const auto&... each) { (f(each, op.*(each.member)), ...); },
             std::remove_const_t<Op>::fields());
}

// Enumerations are written by name; names() lists them in order.
template <class Enum>
struct Names;

template <class Enum>
std::string name_of(Enum value) {
  return Names<Enum>::names.at(static_cast<size_t>(value));
}

// "exact, causal", as messages list them.
template <class Enum>
std::string list_of_names() {
  std::string text;
  for (const char* name : Names<Enum>::names) {
    text += (text.empty() ? "" : ", ") + std::string(name);
  }
  return text;
}

template <class Enum>
std::optional<Enum> enum_from(const std::string& name) {
  for (size_t i = 0; i < Names<Enum>::names.size(); ++i) {
    if (name == Names<Enum>::names[i]) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace nc
