#include "passes/frontend/fold_table.h"

namespace nc::frontend {

Fold single(FoldArray fold) {
  return [fold](const Arguments& arguments, const std::string& owner) {
    return std::vector<Item>{make_array(fold(arguments), owner)};
  };
}

Fold listed(FoldArrays fold) {
  return [fold](const Arguments& arguments, const std::string& owner) {
    std::vector<Item> items;
    for (const Array& each : fold(arguments)) {
      items.push_back(make_array(each, owner));
    }
    return std::vector<Item>{make_list(std::move(items))};
  };
}

Array array_of(const Arguments& arguments, const char* name) {
  return as_array(arguments.item(name));
}

int64_t axis_of(const Arguments& arguments, const char* name,
                const Array& array) {
  return normalized_axis(arguments.integer(name), array.shape().size());
}

Shape axes_of(const Arguments& arguments, const char* name,
              const Array& array) {
  if (!arguments.has(name)) return {};
  Shape axes = arguments.integers(name);
  for (int64_t& each : axes) {
    each = normalized_axis(each, array.shape().size());
  }
  return axes;
}

Array::Kind kind_of_dtype(int64_t dtype) {
  if (dtype == 11) return Array::Kind::boolean;
  if (dtype >= 0 && dtype <= 4) return Array::Kind::integer;
  if (dtype == 5 || dtype == 6 || dtype == 15) return Array::Kind::real32;
  if (dtype == 7) return Array::Kind::real64;
  throw Refusal{"makes a constant of a type that is not supported (number " +
                std::to_string(dtype) + ")"};
}

}  // namespace nc::frontend
