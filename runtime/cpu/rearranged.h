// Which elements an op that only moves them puts where.
#pragma once

#include <vector>

#include "runtime/cpu/plan.h"

namespace nc {

struct MovedFrom {
  size_t stage = 0;
  Shape shape;
};

// For flatten, reshape, permute, slice, pad and concat; `out` is the shape of
// the result. What a pad fills in counts `steps` times.
Rearranged rearranged(const Op& op, const std::vector<MovedFrom>& sources,
                      const Shape& out, int64_t steps);

}  // namespace nc
