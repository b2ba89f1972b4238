#include "passes/torch/shift.h"

namespace nc {

at::Tensor least_error_shift(const at::Tensor& unit, const ShiftError& error) {
  constexpr int kSteps = 6;
  constexpr double kStep = 0.1;
  at::Tensor best = at::zeros_like(unit);
  at::Tensor least = error(best);
  for (int k = -kSteps; k <= kSteps; ++k) {
    if (k == 0) continue;
    at::Tensor shift = unit * (kStep * k);
    at::Tensor found = error(shift);
    at::Tensor better = found.lt(least);
    least = at::where(better, found, least);
    best = at::where(better, shift, best);
  }
  return best;
}

}  // namespace nc
