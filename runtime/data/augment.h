// Augmentation of training images: each change is a function of seed, epoch and
// sample only, so that any batch can be made again.
//
//   crop:N    moved by up to N pixels up, down, left, right; zeros come in
//   flip      mirrored left to right, one time in two
//   cutout:N  a square of N x N pixels, centred anywhere, becomes 0 (cut off at
//             the border; DeVries and Taylor 2017)
// in this order, on stored values (0 is black).
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "ir/tensor.h"

namespace nc {

struct Augmentation {
  int64_t crop = 0;
  bool flip = false;
  int64_t cutout = 0;

  bool any() const { return crop > 0 || flip || cutout > 0; }
};

// "flip,crop:4,cutout:16", or "" or "none" for nothing; throws Error.
Augmentation parse_augmentation(const std::string& text);

// One image [channels, height, width]; throws Error for another shape.
void augment(std::span<float> image, const Shape& shape,
             const Augmentation& augmentation, uint64_t seed, uint64_t epoch,
             uint64_t sample);

}  // namespace nc
