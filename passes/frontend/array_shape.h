// Arrays in other shapes. Where the strides allow it these are views. Axes
// count from the front, from 0; all throw Refusal for what does not fit.
#pragma once

#include <vector>

#include "passes/frontend/array.h"

namespace nc::frontend {

Array reshaped(const Array& array, Shape shape);  // one size may be -1
Array permuted(const Array& array, const Shape& order);
Array swapped(const Array& array, int64_t first, int64_t second);
Array without_axes(const Array& array, const Shape& axes);  // of size 1
Array with_axis(const Array& array, int64_t axis);          // new, of size 1

// 0 <= start <= stop <= size, step >= 1.
Array sliced(const Array& array, int64_t axis, int64_t start, int64_t stop,
             int64_t step = 1);
Array selected(const Array& array, int64_t axis, int64_t index);  // axis goes
// The slices at `indices`, which may count from the end, side by side.
Array taken(const Array& array, int64_t axis, const Array& indices);
// result[i][j] = array[i][index[i][j]] for axis 1, and so on.
Array gathered(const Array& array, int64_t axis, const Array& indices);
Array flipped(const Array& array, const Shape& axes);
Array repeated(const Array& array, const Shape& times);

Array concatenated(const std::vector<Array>& arrays, int64_t axis);
Array stacked(const std::vector<Array>& arrays, int64_t axis);
std::vector<Array> split(const Array& array, int64_t axis, const Shape& sizes);

// Widths per axis; negative ones crop.
Array padded(const Array& array, const Shape& before, const Shape& after,
             double value);

// start, start + step ... below stop.
Array counted(Array::Kind kind, double start, double stop, double step);

}  // namespace nc::frontend
