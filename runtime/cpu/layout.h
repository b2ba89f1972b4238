// How the CPU engine lays out values: channels last, so that the channels of
// one position, which share a window of inputs, lie side by side.
//
// A value of several steps and samples is [steps, samples, positions,
// channels]; images have height * width positions, signals [channels, length]
// have `length`, vectors [features] one position with `features` channels.
// Values of more axes are kept as vectors, in the IR's order.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/tensor.h"

namespace nc {

struct Layout {
  int64_t height = 1;
  int64_t width = 1;
  int64_t channels = 1;

  int64_t positions() const { return height * width; }
  int64_t elements() const { return positions() * channels; }
  friend bool operator==(const Layout&, const Layout&) = default;
};

Layout layout_of(const Shape& shape);

// Where the IR's element i (channels first) is stored within one sample.
std::vector<int64_t> stored_index(const Shape& shape);

// A part of a value: some steps of some positions of some samples. What is
// computed for it is stored as [steps, samples, positions, channels].
struct Block {
  int64_t step = 0, steps = 1;
  int64_t sample = 0, samples = 1;
  int64_t position = 0, positions = 1;

  int64_t rows() const { return steps * samples * positions; }
};

// Windows over the positions of a value: the geometry of a convolution or a
// pool. An affine op is a window of one position.
struct Window {
  Layout in;
  Layout out;
  int64_t kernel_h = 1, kernel_w = 1;
  int64_t stride_h = 1, stride_w = 1;
  int64_t padding_h = 0, padding_w = 0;
  int64_t dilation_h = 1, dilation_w = 1;
  int64_t groups = 1;

  int64_t taps() const { return kernel_h * kernel_w; }
  // Every position by itself: then all rows are one matrix.
  bool is_pointwise() const {
    return taps() == 1 && stride_h == 1 && stride_w == 1 && padding_h == 0 &&
           padding_w == 0;
  }
  int64_t products() const {  // multiplications per step and sample
    return out.elements() * in.channels / groups * taps();
  }
};

// Of an op with stride, padding and (for most) dilation, one entry per axis.
template <class Op>
Window window_of(const Op& op, const Shape& kernel, const Layout& in,
                 const Layout& out) {
  bool flat = kernel.size() == 1;
  auto entry = [flat](const Shape& list, size_t axis, int64_t missing) {
    if (list.size() == 2) return list[axis];
    return axis == 0 && flat ? missing : list[0];
  };
  Window w{in, out};
  w.kernel_h = entry(kernel, 0, 1);
  w.kernel_w = entry(kernel, 1, 1);
  w.stride_h = entry(op.stride, 0, 1);
  w.stride_w = entry(op.stride, 1, 1);
  w.padding_h = entry(op.padding, 0, 0);
  w.padding_w = entry(op.padding, 1, 0);
  if constexpr (requires { op.dilation; }) {
    w.dilation_h = entry(op.dilation, 0, 1);
    w.dilation_w = entry(op.dilation, 1, 1);
  }
  return w;
}

// Calls visit(tap, input position) for each tap of the window at output
// position `at` that lies inside the input.
template <class Visit>
void for_each_tap(const Window& w, int64_t at, Visit visit) {
  int64_t top = at / w.out.width * w.stride_h - w.padding_h;
  int64_t left = at % w.out.width * w.stride_w - w.padding_w;
  for (int64_t ky = 0; ky < w.kernel_h; ++ky) {
    int64_t y = top + ky * w.dilation_h;
    if (y < 0 || y >= w.in.height) continue;
    for (int64_t kx = 0; kx < w.kernel_w; ++kx) {
      int64_t x = left + kx * w.dilation_w;
      if (x < 0 || x >= w.in.width) continue;
      visit(ky * w.kernel_w + kx, y * w.in.width + x);
    }
  }
}

}  // namespace nc
