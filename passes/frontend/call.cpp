#include "passes/frontend/call.h"

namespace nc::frontend {
namespace {

template <class Value>
Value required(const std::optional<Value>& value, const Item& item,
               const std::string& argument, const char* kind) {
  if (value) return *value;
  if (is_symbol(item)) {
    throw Refusal{"its argument '" + argument +
                  "' depends on the data; it must be a constant"};
  }
  throw Refusal{"expected " + std::string(kind) + " as its argument '" +
                argument + "'"};
}

}  // namespace

void Arguments::add(const std::string& argument, const Item& item) {
  arguments_.emplace_back(argument, item);
}

bool Arguments::has(const std::string& argument) const {
  for (const auto& each : arguments_) {
    if (each.first == argument) return !is_none(each.second);
  }
  return false;
}

const Item& Arguments::item(const std::string& argument) const {
  for (const auto& each : arguments_) {
    if (each.first == argument) return each.second;
  }
  throw Refusal{"its argument '" + argument + "' is missing"};
}

bool Arguments::is_symbolic(const std::string& argument) const {
  return has(argument) && is_symbol(item(argument));
}

Symbol Arguments::symbol(const std::string& argument) const {
  const auto* symbol = std::get_if<Symbol>(&item(argument));
  if (symbol != nullptr) return *symbol;
  throw Refusal{"its argument '" + argument +
                "' is a constant, while others depend on the data"};
}

Tensor Arguments::tensor(const std::string& argument) const {
  if (!has(argument)) return {};
  if (is_symbolic(argument)) {
    throw Refusal{"its argument '" + argument +
                  "' is computed from the data; it must be a constant"};
  }
  return as_tensor(item(argument));
}

double Arguments::number(const std::string& argument) const {
  const Item& value = item(argument);
  return required(as_number(value), value, argument, "a number");
}

int64_t Arguments::integer(const std::string& argument) const {
  const Item& value = item(argument);
  return required(as_integer(value), value, argument, "a whole number");
}

bool Arguments::flag(const std::string& argument) const {
  const Item& value = item(argument);
  return required(as_flag(value), value, argument, "true or false");
}

Shape Arguments::integers(const std::string& argument) const {
  const Item& value = item(argument);
  return required(as_integers(value), value, argument, "whole numbers");
}

Shape Arguments::integers(const std::string& argument, size_t count) const {
  Shape values = integers(argument);
  if (values.size() == 1) values.resize(count, values[0]);
  if (values.size() == count) return values;
  refuse_misfit("expected " + std::to_string(count) + " entries in '" +
                argument + "', found " + to_string(values));
}

int64_t Call::axis(const std::string& argument, const Symbol& tensor) const {
  int64_t axis = normalized_axis(integer(argument), tensor->shape.size());
  if (axis > 0) return axis;
  throw Refusal{
      "works across the batch (axis 0); a spiking network runs one "
      "sample at a time"};
}

Symbol Call::result(const Content& content) const {
  return make_symbol(graph, batch, content);
}

Symbol Call::result(const std::string& node) const {
  return result(Content{node});
}

int64_t normalized_axis(int64_t axis, size_t rank) {
  int64_t count = static_cast<int64_t>(rank);
  int64_t normalized = axis < 0 ? axis + count : axis;
  if (normalized >= 0 && normalized < count) return normalized;
  refuse_misfit("axis " + std::to_string(axis) + " is not one of " +
                std::to_string(rank));
}

}  // namespace nc::frontend
