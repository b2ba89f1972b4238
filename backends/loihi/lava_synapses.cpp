#include "backends/loihi/lava_synapses.h"

#include <algorithm>
#include <utility>

#include "backends/loihi/fixed_point.h"

namespace nc::loihi {
namespace {

SignMode mode_of(const std::vector<int64_t>& weights) {
  if (weights.empty()) return SignMode::excitatory;
  auto [least, most] = std::minmax_element(weights.begin(), weights.end());
  if (*least >= 0) return SignMode::excitatory;
  return *most <= 0 ? SignMode::inhibitory : SignMode::mixed;
}

int64_t truncated(int64_t weight, SignMode mode, int64_t shift) {
  switch (mode) {
    case SignMode::mixed:
      weight = std::clamp<int64_t>(weight, -256, 255);
      return (weight >> (shift + 1)) << (shift + 1);
    case SignMode::excitatory:
      return (std::clamp<int64_t>(weight, 0, 255) >> shift) << shift;
    case SignMode::inhibitory:
      return -((std::clamp<int64_t>(-weight, 0, 255) >> shift) << shift);
  }
  return 0;
}

// Modulo 2^24 into [-2^23, 2^23).
int64_t wrapped_modulo(int64_t x) {
  constexpr int64_t kRange = 2 * kStateLimit;
  return ((x + kStateLimit) & (kRange - 1)) - kStateLimit;
}

int64_t outputs_along(int64_t size, int64_t kernel, int64_t stride,
                      int64_t padding, int64_t dilation) {
  return (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
}

}  // namespace

std::vector<int64_t> truncated_weights(std::vector<int64_t> weights,
                                       int64_t bits,
                                       std::optional<SignMode> mode) {
  SignMode chosen = mode ? *mode : mode_of(weights);
  for (int64_t& weight : weights) weight = truncated(weight, chosen, 8 - bits);
  return weights;
}

LavaDense::LavaDense(std::vector<int64_t> weights, size_t outputs,
                     int64_t exponent, bool graded)
    : weights_(std::move(weights)),
      exponent_(exponent),
      graded_(graded),
      buffer_(outputs, 0) {}

std::vector<int64_t> LavaDense::step(const std::vector<int64_t>& s) {
  std::vector<int64_t> sums(buffer_.size(), 0);
  for (size_t i = 0; i < sums.size(); ++i) {
    for (size_t j = 0; j < s.size(); ++j) {
      int64_t payload = graded_ ? s[j] : s[j] != 0;
      sums[i] += weights_[i * s.size() + j] * payload;
    }
    sums[i] = scaled(sums[i], exponent_);
  }
  return std::exchange(buffer_, std::move(sums));
}

int64_t LavaConvShape::out_x() const {
  return outputs_along(in_x, kernel_x, stride_x, padding_x, dilation_x);
}

int64_t LavaConvShape::out_y() const {
  return outputs_along(in_y, kernel_y, stride_y, padding_y, dilation_y);
}

LavaConv::LavaConv(const LavaConvShape& shape, std::vector<int64_t> weights,
                   bool graded)
    : shape_(shape),
      weights_(std::move(weights)),
      graded_(graded),
      buffer_(static_cast<size_t>(shape.out_x() * shape.out_y() *
                                  shape.out_channels)) {}

int64_t LavaConv::sum_at(const std::vector<int64_t>& s, int64_t x, int64_t y,
                         int64_t channel) const {
  const LavaConvShape& c = shape_;
  int64_t per_group = c.in_channels / c.groups;
  int64_t first = channel / (c.out_channels / c.groups) * per_group;
  int64_t sum = 0;
  for (int64_t kx = 0; kx < c.kernel_x; ++kx) {
    int64_t row = x * c.stride_x - c.padding_x + kx * c.dilation_x;
    if (row < 0 || row >= c.in_x) continue;
    for (int64_t ky = 0; ky < c.kernel_y; ++ky) {
      int64_t column = y * c.stride_y - c.padding_y + ky * c.dilation_y;
      if (column < 0 || column >= c.in_y) continue;
      int64_t from = (row * c.in_y + column) * c.in_channels + first;
      int64_t tap = (channel * c.kernel_x + c.kernel_x - 1 - kx) * c.kernel_y +
                    c.kernel_y - 1 - ky;
      for (int64_t i = 0; i < per_group; ++i) {
        int64_t payload = s[static_cast<size_t>(from + i)];
        sum += (graded_ ? payload : payload != 0) *
               weights_[static_cast<size_t>(tap * per_group + i)];
      }
    }
  }
  return wrapped_modulo(sum);
}

std::vector<int64_t> LavaConv::step(const std::vector<int64_t>& s) {
  std::vector<int64_t> sums;
  sums.reserve(buffer_.size());
  for (int64_t x = 0; x < shape_.out_x(); ++x) {
    for (int64_t y = 0; y < shape_.out_y(); ++y) {
      for (int64_t channel = 0; channel < shape_.out_channels; ++channel) {
        sums.push_back(sum_at(s, x, y, channel));
      }
    }
  }
  return std::exchange(buffer_, std::move(sums));
}

}  // namespace nc::loihi
