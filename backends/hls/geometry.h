// Windows of convolutions and pools as kernels/ counts them: a signal is an
// image of height 1.
#pragma once

#include "ir/graph.h"

namespace nc {

struct HlsWindow {
  int64_t in_height, in_width, out_height, out_width;
  int64_t kernel_height, kernel_width, stride_height, stride_width;
  int64_t padding_height, padding_width, dilation_height, dilation_width;
};

HlsWindow window_of(const Conv1d& op, const Shape& in, const Shape& out);
HlsWindow window_of(const Conv2d& op, const Shape& in, const Shape& out);
HlsWindow window_of(const SumPool& op, const Shape& in, const Shape& out);
HlsWindow window_of(const MaxPool& op, const Shape& in, const Shape& out);

// True when indices within the window could leave 32 bits.
bool is_too_wide(const HlsWindow& window);

}  // namespace nc
