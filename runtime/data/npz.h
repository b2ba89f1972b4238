// NumPy's .npz: a zip archive of .npy arrays, stored or deflated.
//
// `x` [N, ...] are the samples and `y` [N], if there, the labels. A .npy
// array is the magic "\x93NUMPY", a version (1 to 3), the length of a header,
// the header (a Python dictionary: descr, fortran_order, shape), the values.
// Read are little-endian booleans, whole numbers and fractions (f4, f8) in C
// or Fortran order; pickled objects are refused.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "runtime/data/array.h"
#include "runtime/data/samples.h"

namespace nc {

// Throws Error naming the file and the array.
Samples read_npz(const std::string& path);

// One .npy array. Throws Error.
Array parse_npy(std::vector<std::byte> bytes);

// A file of arrays by name, not compressed: the same bytes for the same arrays,
// whole or not at all; and the arrays of such a file. Throws Error naming it.
using Arrays = std::map<std::string, Array>;
Arrays read_arrays(const std::string& path);
void write_arrays(const Arrays& arrays, const std::string& path);

}  // namespace nc
