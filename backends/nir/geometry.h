// Windows along axes, as NIR can say them: the same number of taps on every
// axis, and as much padding behind as in front.
#pragma once

#include <optional>
#include <vector>

#include "ir/tensor.h"

namespace nc::nir {

// Window i of `count` reads the positions i * stride + begin + j * dilation,
// j = 0 ... taps - 1, of an axis of `size`; outside of it are zeros.
struct Axis {
  int64_t size = 1;
  int64_t taps = 1;
  int64_t stride = 1;
  int64_t begin = 0;
  int64_t dilation = 1;
  int64_t count = 1;
};

// A square kernel that reads the same: the taps of axis a stand at
// `offset[a]` ... `offset[a] + taps - 1` of `kernel`, the others are zero.
struct SquareWindow {
  int64_t kernel = 1;
  Shape offset;
  Shape padding;
};

// The smallest one, or nothing where no amount of zeros gives exactly `count`
// windows on each axis.
std::optional<SquareWindow> square_window(const std::vector<Axis>& axes);

}  // namespace nc::nir
