#include "passes/frontend/array_shape.h"

#include <algorithm>
#include <cmath>

#include "passes/frontend/refusal.h"

namespace nc::frontend {
namespace {

size_t position(const Array& array, int64_t axis) {
  if (axis >= 0 && axis < array.rank()) return static_cast<size_t>(axis);
  refuse_misfit("axis " + std::to_string(axis) + " is not one of " +
                std::to_string(array.rank()));
}

int64_t counted_index(int64_t index, int64_t size) {
  int64_t at = index < 0 ? index + size : index;
  if (at >= 0 && at < size) return at;
  refuse_misfit("index " + std::to_string(index) + " beyond an axis of " +
                std::to_string(size));
}

void require_laid_out(const Shape& shape) {
  int64_t count = Array::filled(Array::Kind::boolean, shape, 0).size();
  if (count <= kMostElements) return;
  throw Refusal{"would make a constant of more than " +
                std::to_string(kMostElements) + " elements"};
}

// An array whose element i is that of `from` at places[i].
Array picked(const Array& from, const Shape& shape, const Shape& places) {
  Array flat = from.dense();
  auto fill = [&](const auto& values) {
    auto result = values;
    result.resize(places.size());
    for (size_t i = 0; i < places.size(); ++i) {
      result[i] = values[static_cast<size_t>(places[i])];
    }
    return result;
  };
  if (!from.is_real()) {
    return Array(shape, fill(flat.to_integers()), from.kind());
  }
  return Array::of(from.kind(), shape, fill(flat.to_doubles()));
}

Array::Kind common_kind(const std::vector<Array>& arrays) {
  Array::Kind kind = Array::Kind::boolean;
  for (const Array& each : arrays) kind = std::max(kind, each.kind());
  return kind;
}

}  // namespace

Array reshaped(const Array& array, Shape shape) {
  auto free_size = std::find(shape.begin(), shape.end(), -1);
  if (free_size != shape.end()) {
    *free_size = 1;
    int64_t others = Array::filled(array.kind(), shape, 0).size();
    *free_size = others > 0 ? array.size() / others : 0;
  }
  bool fits = std::all_of(shape.begin(), shape.end(),
                          [](int64_t each) { return each >= 0; });
  if (!fits || Array::filled(array.kind(), shape, 0).size() != array.size()) {
    refuse_misfit("cannot make " + to_string(shape) + " of a constant " +
                  to_string(array.shape()));
  }
  if (shape == array.shape()) return array;
  Array single = without_repetition(array);
  if (single.size() == 1) {
    return broadcast_to(single.viewed({}, {}, single.offset()), shape);
  }
  if (array.is_dense()) {
    return array.viewed(shape, dense_strides(shape), array.offset());
  }
  return array.dense().viewed(shape, dense_strides(shape), 0);
}

Array permuted(const Array& array, const Shape& order) {
  Shape sorted = order;
  std::sort(sorted.begin(), sorted.end());
  bool is_permutation = static_cast<int64_t>(order.size()) == array.rank();
  Shape shape;
  Shape strides;
  for (size_t i = 0; is_permutation && i < order.size(); ++i) {
    is_permutation = sorted[i] == static_cast<int64_t>(i);
    if (!is_permutation || order[i] < 0 || order[i] >= array.rank()) break;
    shape.push_back(array.shape()[static_cast<size_t>(order[i])]);
    strides.push_back(array.strides()[static_cast<size_t>(order[i])]);
  }
  if (is_permutation) return array.viewed(shape, strides, array.offset());
  refuse_misfit("order " + to_string(order) + " is no permutation of the " +
                std::to_string(array.rank()) + " axes");
}

Array swapped(const Array& array, int64_t first, int64_t second) {
  Shape shape = array.shape();
  Shape strides = array.strides();
  std::swap(shape[position(array, first)], shape[position(array, second)]);
  std::swap(strides[position(array, first)], strides[position(array, second)]);
  return array.viewed(shape, strides, array.offset());
}

Array without_axes(const Array& array, const Shape& axes) {
  Shape shape;
  Shape strides;
  for (size_t i = 0; i < array.shape().size(); ++i) {
    bool is_dropped = std::find(axes.begin(), axes.end(),
                                static_cast<int64_t>(i)) != axes.end() &&
                      array.shape()[i] == 1;
    if (is_dropped) continue;
    shape.push_back(array.shape()[i]);
    strides.push_back(array.strides()[i]);
  }
  return array.viewed(shape, strides, array.offset());
}

Array with_axis(const Array& array, int64_t axis) {
  if (axis < 0 || axis > array.rank()) {
    refuse_misfit("a new axis at " + std::to_string(axis));
  }
  Shape shape = array.shape();
  Shape strides = array.strides();
  shape.insert(shape.begin() + axis, 1);
  strides.insert(strides.begin() + axis, 1);
  return array.viewed(shape, strides, array.offset());
}

Array sliced(const Array& array, int64_t axis, int64_t start, int64_t stop,
             int64_t step) {
  size_t at = position(array, axis);
  if (step < 1 || start < 0 || stop > array.shape()[at]) {
    refuse_misfit("a slice beyond its axis");
  }
  int64_t count = stop <= start ? 0 : (stop - start - 1) / step + 1;
  Shape shape = array.shape();
  Shape strides = array.strides();
  int64_t offset = count == 0 ? 0 : start * strides[at];
  shape[at] = count;
  if (count > 1) strides[at] *= step;
  return array.viewed(shape, strides, array.offset() + offset);
}

Array selected(const Array& array, int64_t axis, int64_t index) {
  int64_t at = counted_index(index, array.size(position(array, axis)));
  return without_axes(sliced(array, axis, at, at + 1), {axis});
}

Array taken(const Array& array, int64_t axis, const Array& indices) {
  size_t at = position(array, axis);
  Shape shape = array.shape();
  int64_t size = shape[at];
  shape.erase(shape.begin() + axis);
  shape.insert(shape.begin() + axis, indices.shape().begin(),
               indices.shape().end());
  require_laid_out(shape);
  int64_t run = dense_strides(array.shape())[at];
  std::vector<int64_t> index = indices.to_integers();
  for (int64_t& each : index) each = counted_index(each, size);
  int64_t rows = 1;
  for (size_t i = 0; i < at; ++i) rows *= array.shape()[i];
  Shape places;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t each : index) {
      for (int64_t i = 0; i < run; ++i) {
        places.push_back((row * size + each) * run + i);
      }
    }
  }
  return picked(array, shape, places);
}

Array gathered(const Array& array, int64_t axis, const Array& indices) {
  size_t along = position(array, axis);
  if (indices.rank() != array.rank()) refuse_misfit("ranks differ");
  Shape box = array.shape();
  for (size_t i = 0; i < box.size(); ++i) {
    if (i != along) box[i] = indices.shape()[i];
    if (box[i] > array.shape()[i]) refuse_misfit("indices beyond their array");
  }
  Shape strides = dense_strides(array.shape());
  std::vector<int64_t> index = indices.to_integers();
  Shape from;
  Shape steps = dense_strides(indices.shape());
  for (size_t i = 0; i < index.size(); ++i) {
    int64_t place = 0;
    int64_t left = static_cast<int64_t>(i);
    for (size_t k = 0; k < box.size(); ++k) {
      int64_t coordinate = left / steps[k];
      left %= steps[k];
      if (k == along) coordinate = counted_index(index[i], box[k]);
      place += coordinate * strides[k];
    }
    from.push_back(place);
  }
  return picked(array, indices.shape(), from);
}

Array flipped(const Array& array, const Shape& axes) {
  Array result = array;
  for (int64_t axis : axes) {
    int64_t size = array.shape()[position(array, axis)];
    std::vector<int64_t> backwards;
    for (int64_t i = size; i-- > 0;) backwards.push_back(i);
    result = taken(result, axis, Array({size}, backwards));
  }
  return result;
}

Array repeated(const Array& array, const Shape& times) {
  Array result = array;
  while (result.rank() < static_cast<int64_t>(times.size())) {
    result = with_axis(result, 0);
  }
  if (result.rank() != static_cast<int64_t>(times.size())) {
    refuse_misfit("repeats fewer axes than there are");
  }
  Shape wide;
  Shape shape;
  for (size_t i = 0; i < times.size(); ++i) {
    if (times[i] < 0 || times[i] > kMostElements) {
      refuse_misfit("repeats an axis " + std::to_string(times[i]) + " times");
    }
    wide.push_back(times[i]);
    wide.push_back(result.shape()[i]);
    shape.push_back(times[i] * result.shape()[i]);
  }
  for (size_t i = times.size(); i-- > 0;) {
    result = with_axis(result, static_cast<int64_t>(i));
  }
  require_laid_out(shape);
  return reshaped(broadcast_to(result, wide), shape);
}

Array concatenated(const std::vector<Array>& arrays, int64_t axis) {
  if (arrays.empty()) refuse_misfit("joins nothing");
  if (arrays.size() == 1) return arrays[0];
  size_t at = position(arrays[0], axis);
  Shape shape = arrays[0].shape();
  shape[at] = 0;
  for (const Array& each : arrays) {
    Shape expected = shape;
    if (each.rank() == arrays[0].rank()) expected[at] = each.shape()[at];
    if (each.shape() != expected) {
      refuse_misfit("joins constants " + to_string(arrays[0].shape()) +
                    " and " + to_string(each.shape()));
    }
    shape[at] += each.shape()[at];
  }
  require_laid_out(shape);
  Array::Kind kind = common_kind(arrays);
  // Runs of each array in turn, for every index of the axes before.
  size_t rows = 1;
  for (size_t i = 0; i < at; ++i) rows *= static_cast<size_t>(shape[i]);
  auto joined = [&](auto read) {
    std::vector<decltype(read(arrays[0]))> all;
    for (const Array& each : arrays) all.push_back(read(each));
    decltype(read(arrays[0])) result;
    for (size_t row = 0; row < rows; ++row) {
      for (const auto& each : all) {
        auto run = static_cast<std::ptrdiff_t>(each.size() / rows);
        auto first = each.begin() + run * static_cast<std::ptrdiff_t>(row);
        result.insert(result.end(), first, first + run);
      }
    }
    return result;
  };
  if (kind >= Array::Kind::real32) {
    return Array::of(kind, shape, joined([](const Array& each) {
                       return each.to_doubles();
                     }));
  }
  return Array(shape,
               joined([](const Array& each) { return each.to_integers(); }),
               kind);
}

Array stacked(const std::vector<Array>& arrays, int64_t axis) {
  std::vector<Array> wide;
  for (const Array& each : arrays) wide.push_back(with_axis(each, axis));
  return concatenated(wide, axis);
}

std::vector<Array> split(const Array& array, int64_t axis, const Shape& sizes) {
  std::vector<Array> parts;
  int64_t start = 0;
  for (int64_t size : sizes) {
    if (size < 0 || size > array.shape()[position(array, axis)] - start) {
      refuse_misfit("sizes " + to_string(sizes) + " do not split the axis");
    }
    parts.push_back(sliced(array, axis, start, start + size));
    start += size;
  }
  return parts;
}

Array padded(const Array& array, const Shape& before, const Shape& after,
             double value) {
  Array result = array;
  for (size_t i = 0; i < array.shape().size(); ++i) {
    int64_t axis = static_cast<int64_t>(i);
    int64_t size = result.shape()[i];
    int64_t crop_front = std::max<int64_t>(-before.at(i), 0);
    int64_t crop_back = std::max<int64_t>(-after.at(i), 0);
    if (crop_front > size || crop_back > size - crop_front) {
      refuse_misfit("crops more than there is");
    }
    result = sliced(result, axis, crop_front, size - crop_back);
    Shape front = result.shape();
    Shape back = result.shape();
    front[i] = std::max<int64_t>(before[i], 0);
    back[i] = std::max<int64_t>(after[i], 0);
    if (front[i] == 0 && back[i] == 0) continue;
    result = concatenated({Array::filled(array.kind(), front, value), result,
                           Array::filled(array.kind(), back, value)},
                          axis);
  }
  return result;
}

Array counted(Array::Kind kind, double start, double stop, double step) {
  double count = std::ceil((stop - start) / step);
  if (!(count >= 0)) refuse_misfit("counts without end");
  if (count > static_cast<double>(kMostElements)) {
    throw Refusal{"would make a constant of more than " +
                  std::to_string(kMostElements) + " elements"};
  }
  std::vector<double> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = start + step * static_cast<double>(i);
  }
  return Array::of(kind, {static_cast<int64_t>(values.size())}, values);
}

}  // namespace nc::frontend
