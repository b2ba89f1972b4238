// The QCFS activation (Bu et al. 2022) over rows of elements, forwards and
// backwards; formulas in passes/train.h. One pass over memory each, where a
// formula of tensors would take twenty. Knows nothing of tensors.
//
// Values are computed in the threshold's type and stored in it, or as bf16.
#pragma once

#include <cstdint>

namespace nc {

// The upper half of an f32.
enum class Bf16 : uint16_t {};

// `count` elements of one sample, each with its own threshold.
template <class Value, class Real>
struct QcfsRow {
  const Value* x = nullptr;
  const Real* threshold = nullptr;
  Real levels = 0;
  int64_t count = 0;
};

void qcfs_forwards(const QcfsRow<float, float>& row, float* y);
void qcfs_forwards(const QcfsRow<double, double>& row, double* y);
void qcfs_forwards(const QcfsRow<Bf16, float>& row, Bf16* y);

// Writes by_x, adds to by_threshold.
void qcfs_backwards(const QcfsRow<float, float>& row, const float* by_y,
                    float* by_x, float* by_threshold);
void qcfs_backwards(const QcfsRow<double, double>& row, const double* by_y,
                    double* by_x, double* by_threshold);
void qcfs_backwards(const QcfsRow<Bf16, float>& row, const Bf16* by_y,
                    Bf16* by_x, float* by_threshold);

}  // namespace nc
