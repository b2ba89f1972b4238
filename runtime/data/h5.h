// HDF5 files of samples: the data sets `x` [N, ...], of any sort of number,
// and, if there, `y` [N], the labels, as whole numbers. Byte order does not
// matter; of compressions there is gzip, with shuffle.
// (https://docs.hdfgroup.org)
//
// The HDF5 library reads them, and is no shield against a file that was made
// to attack it: for data from strangers there is .npz.
#pragma once

#include <string>

#include "runtime/data/samples.h"

namespace nc {

// Throws Error naming the file and the data set. Sizes are compared with what
// the file stores before memory is taken.
Samples read_h5(const std::string& path);

}  // namespace nc
