// Concatenation, stacking, repetition.
#include <algorithm>

#include "passes/frontend/arithmetic.h"
#include "passes/frontend/call.h"

namespace nc::frontend {
namespace {

std::vector<Item> items_of(const Call& call, const char* argument) {
  const Item& item = call.item(argument);
  if (const auto* list = std::get_if<std::shared_ptr<List>>(&item)) {
    return (*list)->items;
  }
  if (const auto* tuple = std::get_if<std::shared_ptr<Tuple>>(&item)) {
    return (*tuple)->items;
  }
  throw Refusal{"expected a list of tensors"};
}

const Symbol& any_symbol(const std::vector<Item>& items) {
  for (const Item& each : items) {
    if (is_symbol(each)) return std::get<Symbol>(each);
  }
  throw Refusal{"expected a list of tensors"};
}

// A node that holds a constant: 0 * some values of that shape + constant.
std::string constant_node(Call& call, const Symbol& like, const Item& constant,
                          int64_t axis) {
  Shape shape = shape_of(constant);
  if (shape.size() != like->shape.size()) refuse_misfit("ranks differ");
  if (shape[0] != call.batch && shape[0] > 0) throw BakedBatch{shape[0]};
  Shape expected = like->shape;
  size_t along = static_cast<size_t>(axis);
  expected[along] = shape[along];
  if (shape != expected) {
    refuse_misfit("a constant of shape " + to_string(without_batch(shape)) +
                  " does not fit " + to_string(without_batch(like->shape)));
  }
  Content content =
      call.graph.rearranged(Slice{axis - 1, 0, 1, 1}, call.content(like));
  Pad pad{Shape(shape.size() - 1, 0), Shape(shape.size() - 1, 0)};
  pad.after[along - 1] = shape[along] - 1;
  if (shape[along] > 1) content = {call.graph.add_helper(pad, content)};
  Scale scale{float_tensor({1}, {0}), as_parameter(constant, shape)};
  return call.graph.add_helper(scale, content);
}

bool is_empty_constant(const Item& item) {
  return is_tensor(item) && shape_of(item) == Shape{0};
}

// Nodes side by side along `axis` of the source's tensors.
Item joined(Call& call, const std::vector<Item>& items, int64_t axis) {
  if (axis == 0) {
    throw Refusal{
        "joins along the batch (axis 0); a spiking network runs one "
        "sample at a time"};
  }
  const Symbol like = any_symbol(items);
  Content parts;
  for (const Item& each : items) {
    if (is_empty_constant(each)) continue;
    if (is_tensor(each)) {
      parts.push_back(constant_node(call, like, each, axis));
    } else if (is_symbol(each)) {
      Content content = call.content(std::get<Symbol>(each));
      parts.push_back(call.graph.single(content));
    } else {
      throw Refusal{"expected a list of tensors"};
    }
  }
  if (parts.size() == 1) return call.result(parts);
  return call.result(call.graph.add(Concat{axis - 1}, parts));
}

Item cat(Call& call) {
  std::vector<Item> items = items_of(call, "tensors");
  return joined(
      call, items,
      normalized_axis(call.integer("dim"), any_symbol(items)->shape.size()));
}

// A new axis in each, then side by side.
Item stack(Call& call) {
  std::vector<Item> items = items_of(call, "tensors");
  Shape shape = any_symbol(items)->shape;
  int64_t axis = normalized_axis(call.integer("dim"), shape.size() + 1);
  if (axis == 0) throw Refusal{"makes a new axis in front of the batch"};
  shape.insert(shape.begin() + axis, 1);
  for (Item& each : items) {
    if (!is_symbol(each)) throw Refusal{"stacks constants and activations"};
    Symbol part = std::get<Symbol>(each);
    if (part->shape.size() + 1 != shape.size()) refuse_misfit("ranks differ");
    each = reshaped(call.graph, part, shape);
  }
  return joined(call, items, axis);
}

// -1 keeps a size. New axes may only stand behind the batch.
Shape expanded_shape(const Symbol& tensor, Shape sizes) {
  size_t rank = tensor->shape.size();
  if (sizes.size() != rank) {
    throw Refusal{"makes new axes in front of the batch"};
  }
  for (size_t i = 0; i < rank; ++i) {
    if (sizes[i] == -1) sizes[i] = tensor->shape[i];
  }
  bool is_baked = sizes[0] != tensor->shape[0] && sizes[0] > 0;
  if (is_baked) throw BakedBatch{sizes[0]};
  return sizes;
}

Item expand(Call& call) {
  Symbol tensor = call.symbol("self");
  return expanded(call, tensor, expanded_shape(tensor, call.integers("size")));
}

Item expand_as(Call& call) {
  Symbol tensor = call.symbol("self");
  return expanded(call, tensor,
                  expanded_shape(tensor, call.symbol("other")->shape));
}

Item repeat(Call& call) {
  Symbol tensor = call.symbol("self");
  Shape times = call.integers(call.has("repeats") ? "repeats" : "dims");
  size_t rank = tensor->shape.size();
  if (times.size() < rank) times.insert(times.begin(), rank - times.size(), 1);
  if (times.size() > rank || times[0] != 1) throw Refusal{"repeats the batch"};
  Content content = call.content(tensor);
  for (size_t i = 1; i < rank; ++i) {
    content = repeated(call, content, static_cast<int64_t>(i) - 1, times[i]);
  }
  return call.result(content);
}

}  // namespace

void add_joins(Operators& operators) {
  for (const char* name : {"cat", "concat", "concatenate"}) {
    operators[name] = {cat};
  }
  operators["stack"] = {stack};
  operators["expand"] = {expand};
  operators["expand_as"] = {expand_as};
  operators["broadcast_to"] = {expand};
  operators["repeat"] = {repeat};
  operators["tile"] = {repeat};
}

}  // namespace nc::frontend
