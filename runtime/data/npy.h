// NumPy's .npy: the magic "\x93NUMPY", a version (1 to 3), the length of a
// header, the header (a Python dictionary: descr, fortran_order, shape), the
// values. Read are little-endian booleans, whole numbers and fractions (f4, f8)
// in C or Fortran order; pickled objects are refused.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runtime/data/array.h"

namespace nc {

constexpr size_t kMaxNpyHeader = 65536;  // bytes

// One array. Throws Error.
Array parse_npy(std::vector<std::byte> bytes);
std::string format_npy(const Array& array);

}  // namespace nc
