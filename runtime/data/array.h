// An array of numbers as it stood in a file (.npz, .h5), and how two of them,
// x and y, become samples with labels.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "ir/fields.h"
#include "runtime/data/samples.h"

namespace nc {

enum class Scalar { b1, u1, u2, u4, u8, i1, i2, i4, i8, f4, f8 };
template <>
struct Names<Scalar> {  // as NumPy calls them; the digit counts bytes
  static constexpr std::array<const char*, 11> names = {
      "b1", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f4", "f8"};
};

size_t size_of(Scalar type);  // in bytes

// Row-major values in the byte order of this machine.
struct Array {
  Shape shape;
  Scalar type = Scalar::f4;
  std::vector<std::byte> bytes;
};

// x is [N, ...]. Unsigned bytes (u1) with 3 or 4 axes are images: [N, C, H, W]
// as it stands, [N, H, W] as [N, 1, H, W]. All else becomes floats: fractions
// rounded to 32 bits, whole numbers exactly. y is [N], whole numbers from 0.
// Throws Error naming the array: other shapes, N or another size of 0, values
// that are not finite, whole numbers beyond +-2^24.
Samples samples_from(const Array& x, const std::optional<Array>& y);

}  // namespace nc
