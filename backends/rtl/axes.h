// Where a window op takes each position of an axis: the windows that hold it.
#pragma once

#include <cstdint>
#include <vector>

#include "backends/hls/geometry.h"

namespace nc {

// Windows first, first + step, ... `count` of them; `tap` is the position
// within the first window.
struct AxisEntry {
  int64_t count = 0;
  int64_t first = 0;
  int64_t tap = 0;
};

// From one window to the next: `window_step` windows further, and `tap_step`
// positions within the window, which is below 0.
struct Axis {
  int64_t in = 1;
  int64_t out = 1;
  int64_t window_step = 1;
  int64_t tap_step = 0;
  std::vector<AxisEntry> entries;  // one per position

  bool is_identity() const;
  int64_t most() const;  // windows of a position
  double mean() const;   // the same, over all positions
};

Axis identity_axis(int64_t size);

// Position i lies in window o at tap k where o * stride - padding +
// k * dilation = i.
struct AxisWindow {
  int64_t in, out, kernel, stride, padding, dilation;
};
Axis window_axis(const AxisWindow& window);

struct WindowAxes {
  Axis y, x;
};
WindowAxes window_axes(const ImageWindow& window);

// Position i goes to (i - start) / step + offset, if that is one of `out`.
Axis shifted_axis(int64_t in, int64_t out, int64_t start, int64_t step,
                  int64_t offset);

}  // namespace nc
