// Strided walks over arrays, for kernels/rearrange.h.
#pragma once

#include <cstddef>
#include <optional>

#include "ir/graph.h"

namespace nc {

// `shape` cells along each axis, `strides` apart, from `start`.
struct Walk {
  Shape shape;
  Shape strides;
  int64_t start = 0;
};

Walk walk_of(const Permute& op, const Shape& in);
Walk walk_of(const Slice& op, const Shape& in, const Shape& out);
Walk walk_of(const Pad& op, const Shape& in, const Shape& out);

// The same walk along as few axes as possible; four of them, or none when it
// takes more.
std::optional<Walk> along_four_axes(const Walk& walk);

}  // namespace nc
