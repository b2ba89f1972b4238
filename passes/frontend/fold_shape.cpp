// Folds that change shapes, or take and join parts.
#include <algorithm>

#include "passes/frontend/array_elementwise.h"
#include "passes/frontend/array_shape.h"
#include "passes/frontend/fold_table.h"

namespace nc::frontend {
namespace {

Array view(const Arguments& a) {
  return reshaped(self(a), a.integers(a.has("size") ? "size" : "shape"));
}

Array view_like(const Arguments& a) {
  return reshaped(self(a), shape_of(a.item("other")));
}

Array flatten(const Arguments& a) {
  Array array = self(a);
  if (array.rank() == 0) return reshaped(array, {1});
  auto begin = array.shape().begin();
  auto first = begin + axis_of(a, "start_dim", array);
  auto last = begin + axis_of(a, "end_dim", array) + 1;
  if (last <= first) refuse_misfit("its first axis is behind its last");
  int64_t run = 1;
  for (auto at = first; at < last; ++at) run *= *at;
  Shape shape(begin, first);
  shape.push_back(run);
  shape.insert(shape.end(), last, array.shape().end());
  return reshaped(array, shape);
}

Array unflatten(const Arguments& a) {
  Array array = self(a);
  int64_t axis = axis_of(a, "dim", array);
  Shape inner = a.integers("sizes");
  Array line = Array::filled(Array::Kind::boolean, {array.size(axis)}, 0);
  inner = reshaped(line, inner).shape();
  Shape shape = array.shape();
  shape.erase(shape.begin() + axis);
  shape.insert(shape.begin() + axis, inner.begin(), inner.end());
  return reshaped(array, shape);
}

Array squeeze(const Arguments& a) {
  Array array = self(a);
  if (a.has("dim")) return without_axes(array, axes_of(a, "dim", array));
  Shape axes;
  for (int64_t i = 0; i < array.rank(); ++i) axes.push_back(i);
  return without_axes(array, axes);
}

Array unsqueeze(const Arguments& a) {
  Array array = self(a);
  return with_axis(array,
                   normalized_axis(a.integer("dim"), array.shape().size() + 1));
}

Array permute(const Arguments& a) {
  Array array = self(a);
  return permuted(array, axes_of(a, "dims", array));
}

Array transpose(const Arguments& a) {
  Array array = self(a);
  return swapped(array, axis_of(a, "dim0", array), axis_of(a, "dim1", array));
}

Array swapaxes(const Arguments& a) {
  Array array = self(a);
  return swapped(array, axis_of(a, "axis0", array), axis_of(a, "axis1", array));
}

Array t(const Arguments& a) {
  Array array = self(a);
  return array.rank() < 2 ? array : permuted(array, {1, 0});
}

// -1 keeps a size; new axes stand in front.
Array expanded(const Array& array, Shape shape) {
  size_t fresh = shape.size() - std::min(shape.size(), array.shape().size());
  for (size_t i = fresh; i < shape.size(); ++i) {
    if (shape[i] == -1) shape[i] = array.shape()[i - fresh];
  }
  if (std::any_of(shape.begin(), shape.end(),
                  [](int64_t each) { return each < 0; })) {
    refuse_misfit("cannot expand to " + to_string(shape));
  }
  return broadcast_to(array, shape);
}

Array expand(const Arguments& a) {
  return expanded(self(a), a.integers("size"));
}

Array expand_like(const Arguments& a) {
  return expanded(self(a), shape_of(a.item("other")));
}

Array repeat(const Arguments& a) {
  Array array = self(a);
  Shape times = a.integers(a.has("repeats") ? "repeats" : "dims");
  while (static_cast<int64_t>(times.size()) < array.rank()) {
    times.insert(times.begin(), 1);
  }
  return repeated(array, times);
}

int64_t bounded(int64_t index, int64_t size) {
  if (index < 0) index = std::max(index, -size) + size;
  return std::clamp<int64_t>(index, 0, size);
}

Array slice_of(const Arguments& a, const Array& array) {
  int64_t axis = axis_of(a, "dim", array);
  int64_t size = array.size(axis);
  int64_t start = a.has("start") ? bounded(a.integer("start"), size) : 0;
  int64_t stop = a.has("end") ? bounded(a.integer("end"), size) : size;
  return sliced(array, axis, start, std::max(start, stop), a.integer("step"));
}

Array slice(const Arguments& a) { return slice_of(a, self(a)); }

Array narrow(const Arguments& a) {
  Array array = self(a);
  int64_t axis = axis_of(a, "dim", array);
  int64_t start = bounded(a.integer("start"), array.size(axis));
  int64_t length = a.integer("length");
  if (length < 0 || length > array.size(axis) - start) {
    refuse_misfit("reaches beyond the end of its axis");
  }
  return sliced(array, axis, start, start + length);
}

Array select(const Arguments& a) {
  Array array = self(a);
  return selected(array, axis_of(a, "dim", array), a.integer("index"));
}

Array index_select(const Arguments& a) {
  Array array = self(a);
  return taken(array, axis_of(a, "dim", array), array_of(a, "index"));
}

Array gather(const Arguments& a) {
  Array array = self(a);
  return gathered(array, axis_of(a, "dim", array), array_of(a, "index"));
}

Array flip(const Arguments& a) {
  Array array = self(a);
  return flipped(array, axes_of(a, "dims", array));
}

// A copy of `self` of which a view has been overwritten.
Array scattered(const Arguments& a, const Array& copy, const Array& view) {
  return copy.onto(
      view.written(broadcast_to(array_of(a, "src"), view.shape())));
}

Array laid_out(const Arguments& a) {
  Array copy = self(a).copied();
  if (copy.is_writable()) return copy;
  throw Refusal{"writes into a tensor that repeats"};
}

Array slice_scatter(const Arguments& a) {
  Array copy = laid_out(a);
  return scattered(a, copy, slice_of(a, copy));
}

Array select_scatter(const Arguments& a) {
  Array copy = laid_out(a);
  return scattered(a, copy,
                   selected(copy, axis_of(a, "dim", copy), a.integer("index")));
}

std::vector<Array> arrays_of(const Arguments& a) {
  const auto* list = std::get_if<std::shared_ptr<List>>(&a.item("tensors"));
  if (list == nullptr) throw Refusal{"expected a list of tensors"};
  std::vector<Array> arrays;
  for (const Item& each : (*list)->items) arrays.push_back(as_array(each));
  return arrays;
}

Array cat(const Arguments& a) {
  std::vector<Array> arrays;
  for (const Array& each : arrays_of(a)) {
    if (each.shape() != Shape{0}) arrays.push_back(each);
  }
  if (arrays.empty()) return Array();
  return concatenated(arrays, axis_of(a, "dim", arrays[0]));
}

Array stack(const Arguments& a) {
  std::vector<Array> arrays = arrays_of(a);
  if (arrays.empty()) refuse_misfit("joins nothing");
  return stacked(
      arrays, normalized_axis(a.integer("dim"), arrays[0].shape().size() + 1));
}

std::vector<Array> parts(const Array& array, int64_t axis, int64_t size) {
  constexpr int64_t kMostParts = 1 << 16;
  int64_t total = array.size(axis);
  if (size < 1 || total / size > kMostParts) {
    refuse_misfit("splits into too many parts");
  }
  Shape sizes;
  for (int64_t left = total; left > 0; left -= size) {
    sizes.push_back(std::min(left, size));
  }
  return split(array, axis, sizes);
}

std::vector<Array> split_by(const Arguments& a) {
  Array array = self(a);
  int64_t axis = axis_of(a, "dim", array);
  const char* name = a.has("split_sizes") ? "split_sizes" : "split_size";
  if (as_integer(a.item(name))) return parts(array, axis, a.integer(name));
  return split(array, axis, a.integers(name));
}

std::vector<Array> chunk(const Arguments& a) {
  Array array = self(a);
  int64_t axis = axis_of(a, "dim", array);
  int64_t chunks = a.integer("chunks");
  if (chunks < 1) refuse_misfit("expected at least one chunk");
  int64_t size = (array.size(axis) - 1) / chunks + 1;
  return parts(array, axis, std::max<int64_t>(size, 1));
}

std::vector<Array> unbind(const Arguments& a) {
  Array array = self(a);
  int64_t axis = axis_of(a, "dim", array);
  std::vector<Array> slices = parts(array, axis, 1);
  for (Array& each : slices) each = without_axes(each, {axis});
  return slices;
}

// Widths come in pairs, the last axis first.
Array pad(const Arguments& a) {
  if (a.has("mode") && as_text(a.item("mode")) != "constant") {
    throw Refusal{"only constant padding is supported"};
  }
  Array array = self(a);
  Shape widths = a.integers("pad");
  size_t rank = array.shape().size();
  if (widths.size() % 2 != 0 || widths.size() / 2 > rank) {
    refuse_misfit("expected pairs of widths, found " + to_string(widths));
  }
  Shape before(rank, 0);
  Shape after(rank, 0);
  for (size_t i = 0; i * 2 < widths.size(); ++i) {
    before[rank - 1 - i] = widths[i * 2];
    after[rank - 1 - i] = widths[i * 2 + 1];
  }
  return padded(array, before, after, a.has("value") ? a.number("value") : 0);
}

}  // namespace

void add_shape_folds(Folds& folds) {
  for (const char* name : {"view", "reshape", "_unsafe_view"}) {
    folds[name] = single(view);
  }
  for (const char* name : {"view_as", "reshape_as"}) {
    folds[name] = single(view_like);
  }
  folds["flatten"] = single(flatten);
  folds["unflatten"] = single(unflatten);
  folds["squeeze"] = single(squeeze);
  folds["unsqueeze"] = single(unsqueeze);
  folds["permute"] = single(permute);
  for (const char* name : {"transpose", "swapdims"}) {
    folds[name] = single(transpose);
  }
  folds["swapaxes"] = single(swapaxes);
  folds["t"] = single(t);
  for (const char* name : {"expand", "broadcast_to"}) {
    folds[name] = single(expand);
  }
  folds["expand_as"] = single(expand_like);
  for (const char* name : {"repeat", "tile"}) folds[name] = single(repeat);
  folds["slice"] = single(slice);
  folds["slice_scatter"] = single(slice_scatter);
  folds["select_scatter"] = single(select_scatter);
  folds["narrow"] = single(narrow);
  folds["select"] = single(select);
  folds["index_select"] = single(index_select);
  folds["gather"] = single(gather);
  folds["flip"] = single(flip);
  for (const char* name : {"cat", "concat", "concatenate"}) {
    folds[name] = single(cat);
  }
  folds["stack"] = single(stack);
  for (const char* name : {"split", "split_with_sizes", "unsafe_split",
                           "unsafe_split_with_sizes"}) {
    folds[name] = listed(split_by);
  }
  for (const char* name : {"chunk", "unsafe_chunk"}) {
    folds[name] = listed(chunk);
  }
  folds["unbind"] = listed(unbind);
  for (const char* name : {"pad", "constant_pad_nd"}) {
    folds[name] = single(pad);
  }
}

}  // namespace nc::frontend
