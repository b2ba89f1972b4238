#include "ir/image_window.h"

namespace nc {
namespace {

int64_t entry(const Shape& list, size_t axis, int64_t missing) {
  if (list.size() == 2) return list[axis];
  return axis == 0 ? missing : list[0];
}

int64_t spatial(const Shape& shape, size_t axis) {
  if (shape.size() == 3) return shape[axis + 1];
  return axis == 0 ? 1 : shape[1];
}

}  // namespace

ImageWindow image_window(const Shape& in, const Shape& out, const Shape& kernel,
                         const Shape& stride, const Shape& padding,
                         const Shape& dilation) {
  return {spatial(in, 0),       spatial(in, 1),        spatial(out, 0),
          spatial(out, 1),      entry(kernel, 0, 1),   entry(kernel, 1, 1),
          entry(stride, 0, 1),  entry(stride, 1, 1),   entry(padding, 0, 0),
          entry(padding, 1, 0), entry(dilation, 0, 1), entry(dilation, 1, 1)};
}

}  // namespace nc
