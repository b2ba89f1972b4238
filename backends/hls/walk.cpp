#include "backends/hls/walk.h"

namespace nc {
namespace {

constexpr size_t kAxes = 4;

Shape strides_of(const Shape& shape) {
  Shape strides(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;) {
    strides[axis - 1] = strides[axis] * shape[axis];
  }
  return strides;
}

}  // namespace

Walk walk_of(const Permute& op, const Shape& in) {
  Shape strides = strides_of(in);
  Walk walk;
  for (int64_t axis : op.order) {
    walk.shape.push_back(in[static_cast<size_t>(axis)]);
    walk.strides.push_back(strides[static_cast<size_t>(axis)]);
  }
  return walk;
}

Walk walk_of(const Slice& op, const Shape& in, const Shape& out) {
  Walk walk{out, strides_of(in), 0};
  int64_t& stride = walk.strides[static_cast<size_t>(op.axis)];
  walk.start = op.start * stride;
  if (out[static_cast<size_t>(op.axis)] > 1) stride *= op.step;
  return walk;
}

Walk walk_of(const Pad& op, const Shape& in, const Shape& out) {
  Walk walk{in, strides_of(out), 0};
  for (size_t axis = 0; axis < in.size(); ++axis) {
    walk.start += op.before[axis] * walk.strides[axis];
  }
  return walk;
}

std::optional<Walk> along_four_axes(const Walk& walk) {
  Walk merged{{}, {}, walk.start};
  for (size_t axis = 0; axis < walk.shape.size(); ++axis) {
    if (walk.shape[axis] == 1) continue;
    bool goes_on =
        !merged.shape.empty() &&
        merged.strides.back() == walk.shape[axis] * walk.strides[axis];
    if (goes_on) {
      merged.shape.back() *= walk.shape[axis];
      merged.strides.back() = walk.strides[axis];
    } else {
      merged.shape.push_back(walk.shape[axis]);
      merged.strides.push_back(walk.strides[axis]);
    }
  }
  if (merged.shape.size() > kAxes) return std::nullopt;
  while (merged.shape.size() < kAxes) {
    merged.shape.insert(merged.shape.begin(), 1);
    merged.strides.insert(merged.strides.begin(), 0);
  }
  return merged;
}

}  // namespace nc
