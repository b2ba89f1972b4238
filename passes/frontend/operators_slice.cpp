// Parts of tensors: slices, chunks, selections, constant padding.
#include <algorithm>

#include "passes/frontend/arithmetic.h"
#include "passes/frontend/call.h"

namespace nc::frontend {
namespace {

// A bound of a slice: from the end when negative, within the axis.
int64_t bounded(int64_t index, int64_t size) {
  if (index < 0) index += size;
  return std::clamp<int64_t>(index, 0, size);
}

int64_t size_of(const Symbol& tensor, int64_t axis) {
  return tensor->shape[static_cast<size_t>(axis)];
}

Symbol part(Call& call, const Symbol& tensor, int64_t axis, int64_t start,
            int64_t stop, int64_t step = 1) {
  if (stop <= start) {
    refuse_misfit("takes an empty part, " + std::to_string(start) + ":" +
                  std::to_string(stop) + " of an axis of size " +
                  std::to_string(size_of(tensor, axis)));
  }
  return sliced(call.graph, tensor, axis, start, stop, step);
}

Item slice(Call& call) {
  Symbol tensor = call.symbol("self");
  int64_t axis = normalized_axis(call.integer("dim"), tensor->shape.size());
  int64_t size = size_of(tensor, axis);
  int64_t step = call.integer("step");
  int64_t start = call.has("start") ? bounded(call.integer("start"), size) : 0;
  int64_t stop = call.has("end") ? bounded(call.integer("end"), size) : size;
  if (axis == 0 && start == 0 && stop == size && step == 1) return tensor;
  if (axis == 0) throw Refusal{"takes a part of the batch"};
  if (step < 1) refuse_misfit("expected a positive step");
  return part(call, tensor, axis, start, stop, step);
}

Item narrow(Call& call) {
  Symbol tensor = call.symbol("self");
  int64_t axis = call.axis("dim", tensor);
  int64_t size = size_of(tensor, axis);
  int64_t start = bounded(call.integer("start"), size);
  int64_t stop = start + call.integer("length");
  if (stop > size) refuse_misfit("reaches beyond the end of its axis");
  return part(call, tensor, axis, start, stop);
}

// One index; its axis goes.
Symbol selected(Call& call, const Symbol& tensor, int64_t axis, int64_t index) {
  int64_t size = size_of(tensor, axis);
  if (index < 0) index += size;
  if (index < 0 || index >= size) refuse_misfit("index beyond its axis");
  Symbol slab = part(call, tensor, axis, index, index + 1);
  Shape shape = slab->shape;
  shape.erase(shape.begin() + axis);
  return reshaped(call.graph, slab, shape);
}

Item select(Call& call) {
  Symbol tensor = call.symbol("self");
  return selected(call, tensor, call.axis("dim", tensor),
                  call.integer("index"));
}

void require_few_parts(int64_t count) {
  constexpr int64_t kMostParts = 1 << 14;
  if (count > kMostParts) {
    throw Refusal{"takes " + std::to_string(count) + " parts of an axis"};
  }
}

Item unbind(Call& call) {
  Symbol tensor = call.symbol("self");
  int64_t axis = call.axis("dim", tensor);
  require_few_parts(size_of(tensor, axis));
  std::vector<Item> items;
  for (int64_t i = 0; i < size_of(tensor, axis); ++i) {
    items.push_back(selected(call, tensor, axis, i));
  }
  return make_list(std::move(items));
}

Item parts_of_sizes(Call& call, const Symbol& tensor, int64_t axis,
                    const Shape& sizes) {
  std::vector<Item> items;
  int64_t start = 0;
  for (int64_t size : sizes) {
    if (size < 1 || start + size > size_of(tensor, axis)) {
      refuse_misfit("sizes " + to_string(sizes) + " do not split an axis of " +
                    std::to_string(size_of(tensor, axis)));
    }
    const Item item = part(call, tensor, axis, start, start + size);
    items.push_back(item);
    start += size;
  }
  if (start != size_of(tensor, axis)) {
    refuse_misfit("sizes " + to_string(sizes) + " do not split an axis of " +
                  std::to_string(size_of(tensor, axis)));
  }
  return make_list(std::move(items));
}

// Parts of one size; the last has what is left.
Shape even_sizes(int64_t total, int64_t size) {
  if (size < 1) refuse_misfit("expected parts of at least one element");
  require_few_parts(total / size);
  Shape sizes;
  for (int64_t left = total; left > 0; left -= size) {
    sizes.push_back(std::min(left, size));
  }
  return sizes;
}

Item split(Call& call) {
  Symbol tensor = call.symbol("self");
  int64_t axis = call.axis("dim", tensor);
  const char* argument = call.has("split_sizes")  ? "split_sizes"
                         : call.has("split_size") ? "split_size"
                                                  : "sizes";
  if (call.has(argument) && as_integer(call.item(argument))) {
    return parts_of_sizes(
        call, tensor, axis,
        even_sizes(size_of(tensor, axis), call.integer(argument)));
  }
  return parts_of_sizes(call, tensor, axis, call.integers(argument));
}

Item chunk(Call& call) {
  Symbol tensor = call.symbol("self");
  int64_t axis = call.axis("dim", tensor);
  int64_t chunks = call.integer("chunks");
  if (chunks < 1) refuse_misfit("expected at least one chunk");
  int64_t total = size_of(tensor, axis);
  int64_t size = (total + chunks - 1) / chunks;
  return parts_of_sizes(call, tensor, axis, even_sizes(total, size));
}

// Parts whose sizes differ by one at most, the larger ones first.
Item tensor_split(Call& call) {
  Symbol tensor = call.symbol("self");
  int64_t axis = call.axis("dim", tensor);
  if (!call.has("sections")) throw Refusal{"splits at given indices"};
  int64_t sections = call.integer("sections");
  int64_t total = size_of(tensor, axis);
  if (sections < 1 || sections > total) refuse_misfit("makes empty parts");
  require_few_parts(sections);
  Shape sizes(static_cast<size_t>(sections), total / sections);
  for (int64_t i = 0; i < total % sections; ++i) {
    ++sizes[static_cast<size_t>(i)];
  }
  return parts_of_sizes(call, tensor, axis, sizes);
}

// The indices as runs of consecutive ones, each a slice.
Symbol gathered(Call& call, const Symbol& tensor, int64_t axis,
                const Shape& indices) {
  constexpr size_t kMostRuns = 4096;
  Content content = call.content(tensor);
  int64_t size = size_of(tensor, axis);
  Content runs;
  for (size_t i = 0; i < indices.size();) {
    int64_t start = indices[i] < 0 ? indices[i] + size : indices[i];
    int64_t stop = start;
    while (i < indices.size() &&
           (indices[i] < 0 ? indices[i] + size : indices[i]) == stop) {
      ++i;
      ++stop;
    }
    if (start < 0 || stop > size) refuse_misfit("index beyond its axis");
    if (runs.size() == kMostRuns) throw Refusal{"gathers too many pieces"};
    runs.push_back(call.graph.single(
        call.graph.rearranged(Slice{axis - 1, start, stop, 1}, content)));
  }
  if (runs.empty()) refuse_misfit("takes nothing");
  if (runs.size() == 1) return call.result(runs);
  return call.result(call.graph.add_helper(Concat{axis - 1}, runs));
}

Item index_select(Call& call) {
  Symbol tensor = call.symbol("self");
  return gathered(call, tensor, call.axis("dim", tensor),
                  call.integers("index"));
}

// x[:, indices] with one list of constant indices; the others are None.
Item index(Call& call) {
  Symbol tensor = call.symbol("self");
  const auto* list = std::get_if<std::shared_ptr<List>>(&call.item("indices"));
  if (list == nullptr) throw Refusal{"expected a list of indices"};
  int64_t axis = -1;
  for (size_t i = 0; i < (*list)->items.size(); ++i) {
    if (is_none((*list)->items[i])) continue;
    if (axis >= 0) throw Refusal{"indexes by several tensors at once"};
    axis = static_cast<int64_t>(i);
  }
  if (axis < 0) return tensor;
  const Item& item = (*list)->items[static_cast<size_t>(axis)];
  auto indices = as_integers(item);
  if (axis == 0 || !indices || shape_of(item).size() != 1) {
    throw Refusal{
        "only one line of constant indices, of an axis that is not "
        "the batch, is supported"};
  }
  return gathered(call, tensor, axis, *indices);
}

Item flip(Call& call) {
  Symbol tensor = call.symbol("self");
  Symbol result = tensor;
  for (int64_t each : call.integers("dims")) {
    int64_t axis = normalized_axis(each, tensor->shape.size());
    if (axis == 0) throw Refusal{"turns the batch around"};
    Shape indices;
    require_few_parts(size_of(tensor, axis));
    for (int64_t i = size_of(tensor, axis); i-- > 0;) indices.push_back(i);
    result = gathered(call, result, axis, indices);
  }
  return result;
}

// Negative widths crop.
Content cropped(Call& call, Content content, Shape& before, Shape& after) {
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i] >= 0 && after[i] >= 0) continue;
    int64_t size = call.graph.shape_of(content)[i];
    Slice slice{static_cast<int64_t>(i), std::max<int64_t>(-before[i], 0),
                size - std::max<int64_t>(-after[i], 0), 1};
    content = call.graph.rearranged(slice, content);
    before[i] = std::max<int64_t>(before[i], 0);
    after[i] = std::max<int64_t>(after[i], 0);
  }
  return content;
}

// Widths come in pairs, the last axis first.
Item pad_by(Call& call, const Shape& widths, double value) {
  Symbol tensor = call.symbol("self");
  size_t rank = tensor->shape.size();
  if (widths.size() % 2 != 0 || widths.size() / 2 > rank) {
    refuse_misfit("expected pairs of widths, found " + to_string(widths));
  }
  Shape before(rank, 0);
  Shape after(rank, 0);
  for (size_t i = 0; i * 2 < widths.size(); ++i) {
    before[rank - 1 - i] = widths[i * 2];
    after[rank - 1 - i] = widths[i * 2 + 1];
  }
  if (before[0] != 0 || after[0] != 0) throw Refusal{"pads the batch"};
  if (rank == 1) return tensor;
  Pad pad{without_batch(before), without_batch(after), value};
  Content content = cropped(call, call.content(tensor), pad.before, pad.after);
  Shape zeros(pad.before.size(), 0);
  if (pad.before != zeros || pad.after != zeros) {
    content = {call.graph.add(pad, content)};
  }
  return call.result(content);
}

double pad_value(const Call& call) {
  return call.has("value") ? call.number("value") : 0;
}

Item pad(Call& call) {
  auto mode = call.has("mode") ? as_text(call.item("mode"))
                               : std::optional<std::string>("constant");
  if (mode != "constant") {
    throw Refusal{"padding mode '" + mode.value_or("?") +
                  "' has no conversion; use constant padding"};
  }
  return pad_by(call, call.integers("pad"), pad_value(call));
}

Item constant_pad(Call& call) {
  return pad_by(call, call.integers("pad"), pad_value(call));
}

}  // namespace

void add_slices(Operators& operators) {
  operators["slice"] = {slice};
  operators["narrow"] = {narrow};
  operators["select"] = {select};
  operators["unbind"] = {unbind};
  for (const char* name : {"split", "split_with_sizes", "unsafe_split",
                           "unsafe_split_with_sizes"}) {
    operators[name] = {split};
  }
  operators["chunk"] = {chunk};
  operators["unsafe_chunk"] = {chunk};
  operators["tensor_split"] = {tensor_split};
  operators["index_select"] = {index_select};
  operators["index"] = {index};
  operators["flip"] = {flip};
  operators["pad"] = {pad};
  operators["constant_pad_nd"] = {constant_pad};
}

}  // namespace nc::frontend
