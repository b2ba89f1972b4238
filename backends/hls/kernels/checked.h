// ap_int<W> and ap_uint<W> for simulation without the vendor's headers:
// 64-bit arithmetic whose results are checked when they are stored. A value
// that does not fit W bits throws std::overflow_error.
#ifndef SNN_KERNELS_CHECKED_H
#define SNN_KERNELS_CHECKED_H

#include <cstdint>
#include <stdexcept>
#include <string>

namespace snn {

template <int Bytes, bool IsSigned>
struct StorageOf;
template <>
struct StorageOf<1, true> {
  typedef std::int8_t type;
};
template <>
struct StorageOf<1, false> {
  typedef std::uint8_t type;
};
template <>
struct StorageOf<2, true> {
  typedef std::int16_t type;
};
template <>
struct StorageOf<2, false> {
  typedef std::uint16_t type;
};
template <>
struct StorageOf<4, true> {
  typedef std::int32_t type;
};
template <>
struct StorageOf<4, false> {
  typedef std::uint32_t type;
};
template <>
struct StorageOf<8, true> {
  typedef std::int64_t type;
};
template <>
struct StorageOf<8, false> {
  typedef std::uint64_t type;
};

// The smallest ordinary integer of at least W bits.
template <int W, bool IsSigned>
struct Storage {
  static constexpr int kBytes = W <= 8 ? 1 : W <= 16 ? 2 : W <= 32 ? 4 : 8;
  typedef typename StorageOf<kBytes, IsSigned>::type type;
};

template <int W, bool IsSigned>
class Checked {
  static_assert(W >= 1 && W <= 62, "widths from 1 to 62 bits are simulated");

 public:
  static constexpr long long kLow = IsSigned ? -(1LL << (W - 1)) : 0;
  static constexpr long long kHigh = (1LL << (IsSigned ? W - 1 : W)) - 1;

  Checked() : value_(0) {}
  Checked(long long value) : value_(static_cast<stored>(value)) {
    if (value < kLow || value > kHigh) refuse(value);
  }
  template <int V, bool S>
  Checked(const Checked<V, S>& other)
      : Checked(static_cast<long long>(other)) {}

  operator long long() const { return static_cast<long long>(value_); }

  Checked& operator+=(long long x) { return *this = Checked(*this + x); }
  Checked& operator-=(long long x) { return *this = Checked(*this - x); }

 private:
  typedef typename Storage<W, IsSigned>::type stored;

  [[noreturn]] static void refuse(long long value) {
    throw std::overflow_error(
        std::to_string(value) + " does not fit ap_" + (IsSigned ? "" : "u") +
        "int<" + std::to_string(W) + ">, which holds " + std::to_string(kLow) +
        " to " + std::to_string(kHigh));
  }

  stored value_;
};

}  // namespace snn

template <int W>
using ap_int = snn::Checked<W, true>;
template <int W>
using ap_uint = snn::Checked<W, false>;

#endif
