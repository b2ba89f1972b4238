#include "passes/frontend/fold_constants.h"

#include <map>

#include "ir/error.h"
#include "passes/frontend/fold_table.h"

namespace nc::frontend {
namespace {

const Folds& all_folds() {
  static const Folds table = [] {
    Folds folds;
    add_elementwise_folds(folds);
    add_shape_folds(folds);
    add_reduction_folds(folds);
    add_making_folds(folds);
    return folds;
  }();
  return table;
}

Arguments arguments_of(const Operation& operation) {
  Arguments arguments;
  for (size_t i = 0; i < operation.inputs.size(); ++i) {
    arguments.add(operation.arguments.at(i), operation.inputs[i]);
  }
  return arguments;
}

std::string owner_among(const std::vector<Item>& items) {
  for (const Item& each : items) {
    if (is_tensor(each) && !owner_of(each).empty()) return owner_of(each);
  }
  return "";
}

// What zeros, full_like ... are asked to make.
struct Filled {
  double value = 0;
  bool is_value_known = true;
  std::optional<Shape> shape;
  Array::Kind kind = Array::Kind::real32;
};

std::optional<Filled> first_wish(const std::string& name) {
  static const std::map<std::string, double> values = {
      {"zeros", 0},     {"ones", 1},      {"full", 0},       {"zeros_like", 0},
      {"ones_like", 1}, {"full_like", 0}, {"new_zeros", 0},  {"new_ones", 1},
      {"new_full", 0},  {"empty", 0},     {"empty_like", 0}, {"new_empty", 0}};
  auto found = values.find(name);
  if (found == values.end()) return {};
  Filled wish;
  wish.value = found->second;
  return wish;
}

void take_model(const Item& item, Filled& wish) {
  if (const auto* symbol = std::get_if<Symbol>(&item)) {
    wish.shape = (*symbol)->shape;
  } else if (is_tensor(item)) {
    wish.shape = shape_of(item);
    wish.kind = as_array(item).kind();
  }
}

void take_argument(const std::string& name, const Item& item, Filled& wish) {
  if (name == "self") take_model(item, wish);
  if (name == "size") wish.shape = as_integers(item);
  if (name == "fill_value") {
    auto number = as_number(item);
    wish.is_value_known = number.has_value();
    wish.value = number.value_or(0);
  }
  if (name == "dtype") {
    auto type = as_integer(item);
    if (type) wish.kind = kind_of_dtype(*type);
  }
}

}  // namespace

bool may_fold(const std::string& name) {
  return all_folds().count(functional_name(name)) > 0;
}

std::vector<Item> fold_constants(const Operation& operation) {
  auto found = all_folds().find(functional_name(operation.name));
  if (found == all_folds().end() || operation.is_foreign) {
    throw Refusal{
        "is not on the list of operators that may be run to fold "
        "constants"};
  }
  std::string owner = owner_among(operation.inputs);
  try {
    return found->second(arguments_of(operation), owner);
  } catch (const Error& error) {
    throw Refusal{std::string("cannot be computed: ") + error.what(), true};
  }
}

std::optional<Item> fold_filled(const Operation& operation) {
  auto wish = first_wish(operation.name);
  if (!wish) return {};
  for (size_t i = 0; i < operation.inputs.size(); ++i) {
    take_argument(operation.arguments.at(i), operation.inputs[i], *wish);
  }
  if (!wish->shape || !wish->is_value_known) return {};
  for (int64_t each : *wish->shape) {
    if (each < 0) return {};
  }
  // Small ones are laid out, so that the program can write into them.
  return make_array(
      Array::filled(wish->kind, *wish->shape, wish->value).copied());
}

}  // namespace nc::frontend
