#include "backends/loihi/synapses.h"

#include <algorithm>

#include "backends/loihi/add_scaled.h"

namespace nc::loihi {

template <class Number>
void DenseSynapses<Number>::add(const Events<Number>& events,
                                Number* out) const {
  for (size_t i = 0; i < events.count; ++i) {
    add_scaled(out, &weight[events.index[i] * outputs], outputs,
               events.payload[i]);
  }
}

Reach::Reach(int64_t inputs, int64_t taps, int64_t outputs, int64_t stride,
             int64_t padding, int64_t dilation)
    : kernel(taps) {
  for (int64_t i = 0; i < inputs; ++i) {
    for (int64_t tap = 0; tap < taps; ++tap) {
      int64_t shifted = i + padding - tap * dilation;
      bool reached =
          shifted >= 0 && shifted % stride == 0 && shifted / stride < outputs;
      output.push_back(static_cast<int32_t>(reached ? shifted / stride : -1));
    }
  }
}

template <class Number>
void ConvSynapses<Number>::add(const Events<Number>& events,
                               Number* out) const {
  // 32-bit divisions are several times faster than 64-bit ones.
  uint32_t channels = static_cast<uint32_t>(in_channels);
  uint32_t width = static_cast<uint32_t>(in_w);
  for (size_t i = 0; i < events.count; ++i) {
    uint32_t pixel = events.index[i] / channels;
    uint32_t channel = events.index[i] % channels;
    add_spike(pixel / width, pixel % width, channel, events.payload[i], out);
  }
}

template <class Number>
void ConvSynapses<Number>::add_spike(size_t y, size_t x, size_t channel,
                                     Number payload, Number* out) const {
  size_t outs = static_cast<size_t>(out_channels / groups);
  size_t taps_x = static_cast<size_t>(columns.kernel);
  size_t group = channel / static_cast<size_t>(in_channels / groups);
  const int32_t* column = columns.from(x);
  const int32_t* row = rows.from(y);
  size_t first = 0;
  size_t last = taps_x;
  while (first < last && column[first] < 0) ++first;
  while (last > first && column[last - 1] < 0) --last;
  if (first == last) return;
  const Number* taps =
      &weight[channel * static_cast<size_t>(rows.kernel) * taps_x * outs];
  for (int64_t ky = 0; ky < rows.kernel; ++ky, taps += taps_x * outs) {
    if (row[ky] < 0) continue;
    Number* line = out + row[ky] * out_w * out_channels;
    if (side_by_side) {
      add_scaled(line + column[first] * out_channels, taps + first * outs,
                 (last - first) * outs, payload);
      continue;
    }
    for (size_t kx = first; kx < last; ++kx) {
      if (column[kx] < 0) continue;
      add_scaled(
          line + column[kx] * out_channels + static_cast<int64_t>(group * outs),
          taps + kx * outs, outs, payload);
    }
  }
}

template <class Number>
void GainSynapses<Number>::add(const Events<Number>& events,
                               Number* out) const {
  for (size_t i = 0; i < events.count; ++i) {
    size_t at = events.index[i];
    out[at] +=
        weight.empty() ? events.payload[i] : weight[at] * events.payload[i];
  }
}

template <class Number>
void RoutedSynapses<Number>::add(const Events<Number>& events,
                                 Number* out) const {
  for (size_t i = 0; i < events.count; ++i) {
    size_t source = events.index[i];
    for (uint32_t k = first[source]; k < first[source + 1]; ++k) {
      out[target[k]] += events.payload[i];
    }
  }
}

template struct DenseSynapses<int32_t>;
template struct DenseSynapses<int64_t>;
template struct ConvSynapses<int32_t>;
template struct ConvSynapses<int64_t>;
template struct GainSynapses<int32_t>;
template struct GainSynapses<int64_t>;
template struct RoutedSynapses<int32_t>;
template struct RoutedSynapses<int64_t>;

}  // namespace nc::loihi
