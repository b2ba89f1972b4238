// Whether two operations are the same, field by field.
#pragma once

#include <type_traits>
#include <variant>

#include "ir/ops.h"

namespace nc::frontend {

inline bool same_op(const Op& a, const Op& b) {
  if (a.index() != b.index()) return false;
  return std::visit(
      [&](const auto& each) {
        const auto& other = std::get<std::decay_t<decltype(each)>>(b);
        bool is_same = true;
        for_each_field(each, [&](const auto& field, const auto& value) {
          is_same = is_same && value == other.*(field.member);
        });
        return is_same;
      },
      a);
}

}  // namespace nc::frontend
