// Takes the pieces of an HDF5 structure from the front of a block of bytes,
// within its bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "ir/error.h"
#include "ir/tensor.h"

namespace nc::hdf5 {

inline constexpr uint64_t kNowhere = ~uint64_t{0};  // the undefined address

[[noreturn]] inline void fail(const std::string& what) {
  throw Error("the HDF5 structure is damaged: " + what);
}

inline void require(bool good, const std::string& what) {
  if (!good) fail(what);
}

// Takes bytes from the front, never beyond the end.
class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : rest_(bytes) {}

  size_t size() const { return rest_.size(); }

  Bytes take(uint64_t count) {
    require(count <= rest_.size(), "a block is too short");
    Bytes taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }

  uint64_t number(size_t width) {
    uint64_t value = 0;
    Bytes taken = take(width);
    for (size_t i = 0; i < width; ++i) {
      value |= std::to_integer<uint64_t>(taken[i]) << (8 * i);
    }
    return value;
  }

  std::string text(uint64_t count) {
    Bytes taken = take(count);
    return std::string(reinterpret_cast<const char*>(taken.data()),
                       taken.size());
  }

  void expect(uint64_t value, size_t width, const std::string& what) {
    require(number(width) == value, what);
  }

 private:
  Bytes rest_;
};

}  // namespace nc::hdf5
