#include "backends/hls/geometry.h"

#include <algorithm>

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

// Steps that are never taken become 1: they may be any number.
HlsWindow window(const Shape& in, const Shape& out, const Shape& kernel,
                 const Shape& stride, const Shape& padding,
                 const Shape& dilation) {
  HlsWindow w = {
      spatial(in, 0),       spatial(in, 1),        spatial(out, 0),
      spatial(out, 1),      entry(kernel, 0, 1),   entry(kernel, 1, 1),
      entry(stride, 0, 1),  entry(stride, 1, 1),   entry(padding, 0, 0),
      entry(padding, 1, 0), entry(dilation, 0, 1), entry(dilation, 1, 1)};
  if (w.out_height == 1) w.stride_height = 1;
  if (w.out_width == 1) w.stride_width = 1;
  if (w.kernel_height == 1) w.dilation_height = 1;
  if (w.kernel_width == 1) w.dilation_width = 1;
  return w;
}

template <class Conv>
HlsWindow convolution(const Conv& op, const Shape& in, const Shape& out) {
  Shape kernel(op.weight.shape().begin() + 2, op.weight.shape().end());
  return window(in, out, kernel, op.stride, op.padding, op.dilation);
}

}  // namespace

HlsWindow window_of(const Conv1d& op, const Shape& in, const Shape& out) {
  return convolution(op, in, out);
}

HlsWindow window_of(const Conv2d& op, const Shape& in, const Shape& out) {
  return convolution(op, in, out);
}

HlsWindow window_of(const SumPool& op, const Shape& in, const Shape& out) {
  Shape dilation(op.kernel.size(), 1);
  return window(in, out, op.kernel, op.stride, op.padding, dilation);
}

HlsWindow window_of(const MaxPool& op, const Shape& in, const Shape& out) {
  return window(in, out, op.kernel, op.stride, op.padding, op.dilation);
}

bool is_too_wide(const HlsWindow& w) {
  constexpr int64_t kMost = int64_t{1} << 28;
  auto reach = [](int64_t count, int64_t step) { return (count - 1) * step; };
  return std::max({w.padding_height, w.padding_width,
                   reach(w.out_height, w.stride_height),
                   reach(w.out_width, w.stride_width),
                   reach(w.kernel_height, w.dilation_height),
                   reach(w.kernel_width, w.dilation_width)}) > kMost;
}

}  // namespace nc
