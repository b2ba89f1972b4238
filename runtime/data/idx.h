// IDX, the file format of MNIST and Fashion-MNIST, plain or in gzip: two zero
// bytes, the type (8: unsigned bytes), the rank, the sizes (32-bit
// big-endian), the values. (http://yann.lecun.com/exdb/mnist)
#pragma once

#include <string>
#include <vector>

#include "runtime/data/samples.h"

namespace nc {

struct IdxArray {
  Shape shape;
  std::vector<uint8_t> values;
};

// Throws Error naming the file: missing, of another type, not as long as its
// header says. Memory is taken only as values really arrive.
IdxArray read_idx(const std::string& path);

// The images `PREFIX-images-idx3-ubyte[.gz]` as [N, 1, height, width] and
// their labels `PREFIX-labels-idx1-ubyte[.gz]`, 0 to 9, from `folder` or from
// one of the folders in it where torchvision keeps them.
Samples read_idx_folder(const std::string& folder, const std::string& prefix,
                        const std::string& advice);

}  // namespace nc
