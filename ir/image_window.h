// The window of a convolution or a pool over an image. A signal is an image of
// height 1, so that one set of loops serves both.
#pragma once

#include "ir/tensor.h"

namespace nc {

struct ImageWindow {
  int64_t in_height, in_width, out_height, out_width;
  int64_t kernel_height, kernel_width, stride_height, stride_width;
  int64_t padding_height, padding_width, dilation_height, dilation_width;
};

// Of values [channels, height, width] or [channels, length]; the lists have an
// entry per axis.
ImageWindow image_window(const Shape& in, const Shape& out, const Shape& kernel,
                         const Shape& stride, const Shape& padding,
                         const Shape& dilation);

}  // namespace nc
