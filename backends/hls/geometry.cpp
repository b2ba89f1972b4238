#include "backends/hls/geometry.h"

#include <algorithm>

namespace nc {
namespace {

// Steps that are never taken become 1: they may be any number.
ImageWindow without_idle_steps(ImageWindow w) {
  if (w.out_height == 1) w.stride_height = 1;
  if (w.out_width == 1) w.stride_width = 1;
  if (w.kernel_height == 1) w.dilation_height = 1;
  if (w.kernel_width == 1) w.dilation_width = 1;
  return w;
}

template <class Conv>
ImageWindow convolution(const Conv& op, const Shape& in, const Shape& out) {
  Shape kernel(op.weight.shape().begin() + 2, op.weight.shape().end());
  return without_idle_steps(
      image_window(in, out, kernel, op.stride, op.padding, op.dilation));
}

}  // namespace

ImageWindow window_of(const Conv1d& op, const Shape& in, const Shape& out) {
  return convolution(op, in, out);
}

ImageWindow window_of(const Conv2d& op, const Shape& in, const Shape& out) {
  return convolution(op, in, out);
}

ImageWindow window_of(const SumPool& op, const Shape& in, const Shape& out) {
  Shape dilation(op.kernel.size(), 1);
  return without_idle_steps(
      image_window(in, out, op.kernel, op.stride, op.padding, dilation));
}

ImageWindow window_of(const MaxPool& op, const Shape& in, const Shape& out) {
  return without_idle_steps(
      image_window(in, out, op.kernel, op.stride, op.padding, op.dilation));
}

bool is_too_wide(const ImageWindow& w) {
  constexpr int64_t kMost = int64_t{1} << 28;
  auto reach = [](int64_t count, int64_t step) { return (count - 1) * step; };
  return std::max({w.padding_height, w.padding_width,
                   reach(w.out_height, w.stride_height),
                   reach(w.out_width, w.stride_width),
                   reach(w.kernel_height, w.dilation_height),
                   reach(w.kernel_width, w.dilation_width)}) > kMost;
}

}  // namespace nc
