// CIFAR-10, binary version: data_batch_1.bin to data_batch_5.bin (training)
// and test_batch.bin, each of 10,000 records: one byte of label, 0 to 9, then
// 3 x 32 x 32 bytes, all of red first. (https://www.cs.toronto.edu/~kriz)
#pragma once

#include <array>
#include <string>

#include "runtime/data/samples.h"

namespace nc {

inline constexpr std::array<const char*, 10> kCifar10Classes = {
    "airplane", "automobile", "bird",  "cat",  "deer",
    "dog",      "frog",       "horse", "ship", "truck"};

// From `folder` or from cifar-10-batches-bin in it; values [N, 3, 32, 32].
// Throws Error naming the file: missing, not of whole records, wrong labels.
// Files with another number of records are read, and remarked upon.
Samples read_cifar10(const std::string& folder, bool training);

}  // namespace nc
