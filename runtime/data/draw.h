// Which samples of a data set are meant by "val" and by "train": a tenth of
// the training files is held out, each class by its share, the same at every
// call; the rest is for training. (balanced_draw itself is in dataset.h.)
#pragma once

#include <cstdint>
#include <vector>

namespace nc {

// Both in ascending order; together they are 0 ... size - 1.
struct HeldOut {
  std::vector<int64_t> train;
  std::vector<int64_t> val;  // floor(size / 10) of them
};

HeldOut hold_out(const std::vector<int64_t>& labels, int64_t size);

}  // namespace nc
