// Windows of convolutions and pools as kernels/ counts them: a signal is an
// image of height 1.
#pragma once

#include "ir/graph.h"
#include "ir/image_window.h"

namespace nc {

ImageWindow window_of(const Conv1d& op, const Shape& in, const Shape& out);
ImageWindow window_of(const Conv2d& op, const Shape& in, const Shape& out);
ImageWindow window_of(const SumPool& op, const Shape& in, const Shape& out);
ImageWindow window_of(const MaxPool& op, const Shape& in, const Shape& out);

// True when indices within the window could leave 32 bits.
bool is_too_wide(const ImageWindow& window);

}  // namespace nc
