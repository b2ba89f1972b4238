#include "backends/rtl/axes.h"

#include <algorithm>
#include <numeric>

namespace nc {

bool Axis::is_identity() const {
  for (int64_t i = 0; i < in; ++i) {
    const AxisEntry& entry = entries[static_cast<size_t>(i)];
    if (entry.count != 1 || entry.first != i) return false;
  }
  return in == out;
}

int64_t Axis::most() const {
  int64_t most = 0;
  for (const AxisEntry& each : entries) most = std::max(most, each.count);
  return most;
}

double Axis::mean() const {
  int64_t count = 0;
  for (const AxisEntry& each : entries) count += each.count;
  return static_cast<double>(count) / static_cast<double>(in);
}

Axis identity_axis(int64_t size) { return shifted_axis(size, size, 0, 1, 0); }

Axis window_axis(const AxisWindow& window) {
  Axis axis;
  axis.in = window.in;
  axis.out = window.out;
  int64_t common = std::gcd(window.stride, window.dilation);
  axis.window_step = window.dilation / common;
  axis.tap_step = -(window.stride / common);
  for (int64_t i = 0; i < window.in; ++i) {
    AxisEntry entry;
    for (int64_t tap = window.kernel - 1; tap >= 0; --tap) {
      int64_t distance = i + window.padding - tap * window.dilation;
      int64_t o = distance / window.stride;
      bool holds =
          distance >= 0 && distance % window.stride == 0 && o < window.out;
      if (!holds) continue;
      if (entry.count == 0) entry = {0, o, tap};
      ++entry.count;
    }
    axis.entries.push_back(entry);
  }
  return axis;
}

WindowAxes window_axes(const ImageWindow& w) {
  return {window_axis({w.in_height, w.out_height, w.kernel_height,
                       w.stride_height, w.padding_height, w.dilation_height}),
          window_axis({w.in_width, w.out_width, w.kernel_width, w.stride_width,
                       w.padding_width, w.dilation_width})};
}

Axis shifted_axis(int64_t in, int64_t out, int64_t start, int64_t step,
                  int64_t offset) {
  Axis axis;
  axis.in = in;
  axis.out = out;
  for (int64_t i = 0; i < in; ++i) {
    int64_t to = (i - start) / step + offset;
    bool goes = i >= start && (i - start) % step == 0 && to >= 0 && to < out;
    axis.entries.push_back({goes ? 1 : 0, goes ? to : 0, 0});
  }
  return axis;
}

}  // namespace nc
