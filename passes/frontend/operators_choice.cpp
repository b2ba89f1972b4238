// Values put together of parts: by a mask that is known, or by writing one
// tensor into a part of a copy of another.
#include <algorithm>

#include "passes/frontend/arithmetic.h"
#include "passes/frontend/array_elementwise.h"
#include "passes/frontend/call.h"

namespace nc::frontend {
namespace {

Shape shape_of_operand(const Item& item) {
  const auto* symbol = std::get_if<Symbol>(&item);
  if (symbol != nullptr) return (*symbol)->shape;
  return as_array(item).shape();
}

Content masked(Call& call, const Symbol& values, const Tensor& mask) {
  Content content = call.content(values);
  if (is_all(mask, 1)) return content;
  return {call.graph.add_helper(Scale{mask, {}}, content)};
}

// mask * self + (1 - mask) * other, where either may be a constant.
Item where(Call& call) {
  if (call.is_symbolic("condition")) {
    throw Refusal{"decides by the values of activations"};
  }
  Array mask = as_array(call.item("condition")).as(Array::Kind::boolean);
  const Item& self = call.item("self");
  const Item& other = call.item("other");
  Shape shape = joint_shape(mask.shape(), joint_shape(shape_of_operand(self),
                                                      shape_of_operand(other)));
  auto expanded_to_all = [&](const Item& item) {
    return expanded(call, std::get<Symbol>(item), shape);
  };
  auto parameter = [&](const Array& array) {
    return as_parameter(make_array(array.as(Array::Kind::real64)), shape);
  };
  Tensor chosen = parameter(mask);
  Tensor rest = parameter(logical_not(mask));
  if (is_symbol(self) && is_symbol(other)) {
    Content first = masked(call, expanded_to_all(self), chosen);
    Content second = masked(call, expanded_to_all(other), rest);
    return make_symbol_of_shape(shape, call.graph.sum(first, second),
                                call.graph);
  }
  bool is_first = is_symbol(self);
  const Array& taken = is_first ? logical_not(mask) : mask;
  Array zero = Array::filled(Array::Kind::real32, {}, 0);
  Array offset = where(taken, as_array(is_first ? other : self), zero);
  return affine_copy(call, expanded_to_all(is_first ? self : other),
                     is_first ? chosen : rest, parameter(offset));
}

Symbol copy_of(Call& call) {
  Symbol tensor = call.symbol("self");
  return make_symbol_of_shape(tensor->shape, call.content(tensor), call.graph);
}

int64_t bounded(int64_t index, int64_t size) {
  if (index < 0) index = std::max(index, -size) + size;
  return std::clamp<int64_t>(index, 0, size);
}

// Writes the argument `src` into a view of a copy.
void write_source(Call& call, const Symbol& view) {
  if (!call.is_symbolic("src")) {
    Tensor value = as_parameter(call.item("src"), view->shape);
    Scale fill{float_tensor({1}, {0}), value};
    Content content = {call.graph.add_helper(fill, call.content(view))};
    return write(call.graph, view, content);
  }
  Symbol source = expanded(call, call.symbol("src"), view->shape);
  write(call.graph, view, call.content(source));
}

Item slice_scatter(Call& call) {
  Symbol copy = copy_of(call);
  int64_t axis = normalized_axis(call.integer("dim"), copy->shape.size());
  int64_t size = copy->shape[static_cast<size_t>(axis)];
  int64_t start = call.has("start") ? bounded(call.integer("start"), size) : 0;
  int64_t stop = call.has("end") ? bounded(call.integer("end"), size) : size;
  int64_t step = call.integer("step");
  bool is_whole = start == 0 && stop == size && step == 1;
  if (axis == 0 && !is_whole) throw Refusal{"writes a part of the batch"};
  if (step < 1 || stop <= start) refuse_misfit("writes into an empty part");
  write_source(call, is_whole
                         ? copy
                         : sliced(call.graph, copy, axis, start, stop, step));
  return copy;
}

Item select_scatter(Call& call) {
  Symbol copy = copy_of(call);
  int64_t axis = call.axis("dim", copy);
  int64_t size = copy->shape[static_cast<size_t>(axis)];
  int64_t index = call.integer("index");
  if (index < 0) index += size;
  if (index < 0 || index >= size) refuse_misfit("index beyond its axis");
  Symbol slab = sliced(call.graph, copy, axis, index, index + 1, 1);
  Shape shape = slab->shape;
  shape.erase(shape.begin() + axis);
  write_source(call, reshaped(call.graph, slab, shape));
  return copy;
}

}  // namespace

void add_choices(Operators& operators) {
  operators["where"] = {where};
  operators["slice_scatter"] = {slice_scatter};
  operators["select_scatter"] = {select_scatter};
}

}  // namespace nc::frontend
