#include "runtime/cpu/convolved.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

namespace nc {
namespace {

// Scattering is faster than gathering (and listing) up to so many channels, and
// again where the weights outgrow the second cache.
constexpr int64_t kFewChannels = 128;
constexpr size_t kManyWeights = 1 << 20;  // bytes

// The weights as w = sum of 256^k * byte_k, modulo 2^32.
std::vector<std::vector<int8_t>> bytes_of(std::vector<int64_t> weights) {
  std::vector<std::vector<int8_t>> bytes;
  bool rest = true;
  while (rest && bytes.size() < 4) {
    rest = false;
    std::vector<int8_t>& next = bytes.emplace_back();
    next.reserve(weights.size());
    for (int64_t& weight : weights) {
      next.push_back(static_cast<int8_t>(weight & 255));
      weight = (weight - next.back()) >> 8;
      rest |= weight != 0;
    }
  }
  return bytes;
}

// The largest sum of |w| that one output adds up.
int64_t largest_row(const std::vector<int8_t>& weights, int64_t rows) {
  int64_t length = static_cast<int64_t>(weights.size()) / rows;
  int64_t most = 1;
  for (int64_t row = 0; row < rows; ++row) {
    int64_t sum = 0;
    for (int64_t i = row * length; i < (row + 1) * length; ++i) {
      sum += std::abs(weights[static_cast<size_t>(i)]);
    }
    most = std::max(most, sum);
  }
  return most;
}

int bits_of(int64_t value) {
  return static_cast<int>(std::bit_width(static_cast<uint64_t>(value)));
}

}  // namespace

int64_t largest_row(const Window& window, const Tensor& weight) {
  int64_t most = 1;
  for (const std::vector<int8_t>& each : bytes_of(weight.to_integers())) {
    most = std::max(most, largest_row(each, window.out.channels));
  }
  return most;
}

Convolved make_convolved(const Window& window, const Tensor& weight,
                         const Storage& source) {
  Convolved result;
  result.window = window;
  int64_t row = 1;
  std::vector<std::vector<int8_t>> bytes = bytes_of(weight.to_integers());
  for (size_t k = 0; k < bytes.size(); ++k) {
    row = std::max(row, largest_row(bytes[k], window.out.channels));
    result.weights.push_back(
        {ByteConvolution(window, bytes[k]), static_cast<int>(8 * k)});
  }
  // The largest digit keeps every sum below what is exact.
  int64_t digit = std::clamp<int64_t>(kExactSum / row, 1, kExactByte);
  int value_bits = std::max(bits_of(source.high - source.low), 1);
  if (source.high - source.low <= digit) {
    result.bits = 8;
  } else {
    result.bits = bits_of(digit + 1) - 1;
    result.digits = (std::min(value_bits, 32) - 1) / result.bits + 1;
  }
  bool plain = result.digits == 1 && bytes.size() == 1 && source.bytes;
  if (!plain || window.groups != 1) return result;
  bool few = window.in.channels <= kFewChannels;
  if (few || bytes.front().size() > kManyWeights) {
    result.scatter =
        EventScatter::make(window, bytes.front(), source.low, source.high);
  }
  if (!result.scatter) result.rows.emplace(window, bytes.front());
  return result;
}

std::vector<int32_t> offset_of_low(const Window& window, const Tensor& weight,
                                   int32_t low) {
  if (low == 0) return {};
  int64_t out = window.out.channels, taps = window.taps();
  int64_t in = window.in.channels / window.groups;
  std::vector<int64_t> sums(static_cast<size_t>(out * taps));
  std::vector<int64_t> weights = weight.to_integers();
  const int64_t* next = weights.data();
  for (int64_t o = 0; o < out; ++o) {
    for (int64_t i = 0; i < in; ++i) {
      for (int64_t tap = 0; tap < taps; ++tap) {
        sums[static_cast<size_t>(tap * out + o)] += *next++ * low;
      }
    }
  }
  bool overhangs = window.padding_h > 0 || window.padding_w > 0;
  int64_t positions = overhangs ? window.out.positions() : 1;
  std::vector<int32_t> offset(static_cast<size_t>(positions * out));
  for (int64_t p = 0; p < positions; ++p) {
    for_each_tap(window, p, [&](int64_t tap, int64_t) {
      for (int64_t o = 0; o < out; ++o) {
        offset[static_cast<size_t>(p * out + o)] +=
            static_cast<int32_t>(sums[static_cast<size_t>(tap * out + o)]);
      }
    });
  }
  return offset;
}

}  // namespace nc
