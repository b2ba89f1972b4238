#include "backends/nir/geometry.h"

#include <algorithm>
#include <cstdlib>

namespace nc::nir {
namespace {

int64_t windows(const Axis& axis, int64_t kernel, int64_t padding) {
  int64_t room = axis.size + 2 * padding - axis.dilation * (kernel - 1) - 1;
  return room < 0 ? 0 : room / axis.stride + 1;
}

// How many zeros stand in front of the taps in a kernel of this size; -1 if
// nothing fits.
int64_t offset_in(const Axis& axis, int64_t kernel) {
  for (int64_t offset = 0; offset + axis.taps <= kernel; ++offset) {
    int64_t padding = offset * axis.dilation - axis.begin;
    if (padding < 0) continue;
    if (windows(axis, kernel, padding) == axis.count) return offset;
  }
  return -1;
}

bool fits(const std::vector<Axis>& axes, int64_t kernel, SquareWindow& window) {
  window = {kernel, {}, {}};
  for (const Axis& axis : axes) {
    int64_t offset = offset_in(axis, kernel);
    if (offset < 0) return false;
    window.offset.push_back(offset);
    window.padding.push_back(offset * axis.dilation - axis.begin);
  }
  return true;
}

}  // namespace

std::optional<SquareWindow> square_window(const std::vector<Axis>& axes) {
  int64_t least = 1;
  int64_t most = 1;
  for (const Axis& axis : axes) {
    least = std::max(least, axis.taps);
    // A kernel that reaches over the whole axis and its zeros.
    int64_t reach = axis.size + std::abs(axis.begin) + axis.taps;
    most = std::max(most, reach + axis.stride);
  }
  SquareWindow window;
  for (int64_t kernel = least; kernel <= most; ++kernel) {
    if (fits(axes, kernel, window)) return window;
  }
  return std::nullopt;
}

}  // namespace nc::nir
