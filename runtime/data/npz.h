// NumPy's .npz: a zip archive of .npy arrays, stored or deflated.
//
// `x` [N, ...] are the samples and `y` [N], if there, the labels.
#pragma once

#include <map>
#include <string>

#include "runtime/data/array.h"
#include "runtime/data/samples.h"

namespace nc {

// Throws Error naming the file and the array.
Samples read_npz(const std::string& path);

// A file of arrays by name, not compressed: the same bytes for the same arrays,
// whole or not at all; and the arrays of such a file. Throws Error naming it.
using Arrays = std::map<std::string, Array>;
Arrays read_arrays(const std::string& path);
void write_arrays(const Arrays& arrays, const std::string& path);

}  // namespace nc
