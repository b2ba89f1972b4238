// Compiled once per instruction set, as neuron_steps.cpp is. Nothing in the
// loops branches, so that compilers make vectors of them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "passes/torch/training/qcfs_rows.cpp"
#include <hwy/foreach_target.h>
// This comment keeps the order: highway.h comes after foreach_target.h.
#include <hwy/highway.h>

#include <bit>

#include "passes/torch/training/qcfs_rows.h"

HWY_BEFORE_NAMESPACE();
namespace nc {
namespace HWY_NAMESPACE {
namespace {

HWY_INLINE float real_of(float value) { return value; }
HWY_INLINE double real_of(double value) { return value; }
HWY_INLINE float real_of(Bf16 value) {
  return std::bit_cast<float>(static_cast<uint32_t>(value) << 16);
}

HWY_INLINE void store(float value, float& to) { to = value; }
HWY_INLINE void store(double value, double& to) { to = value; }
// The nearest, of two the even one; what is not a number stays none.
HWY_INLINE void store(float value, Bf16& to) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t nearest = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  const bool is_number = (bits & 0x7fffffff) <= 0x7f800000;
  to = static_cast<Bf16>(is_number ? nearest : 0x7fc0);
}

// floor(x levels / threshold + 1/2), limited to 0 ... levels; 0 of what is not
// a number.
template <class Real>
HWY_INLINE Real level_of(Real x, Real threshold, Real levels) {
  const Real level = x * levels / threshold + Real(0.5);
  const Real above = level > 0 ? level : Real(0);
  const Real limited = above < levels ? above : levels;
  return static_cast<Real>(static_cast<int32_t>(limited));
}

template <class Value, class Real>
HWY_INLINE void forwards(const QcfsRow<Value, Real>& row,
                         Value* HWY_RESTRICT y) {
  const Value* HWY_RESTRICT values = row.x;
  const Real* HWY_RESTRICT threshold = row.threshold;
  const Real levels = row.levels;
  for (int64_t i = 0; i < row.count; ++i) {
    const Real x = real_of(values[i]);
    const Real lost = x == x ? Real(0) : x;
    const Real step = threshold[i] / levels;
    store(level_of(x, threshold[i], levels) * step + lost, y[i]);
  }
}

template <class Value, class Real>
HWY_INLINE void backwards(const QcfsRow<Value, Real>& row,
                          const Value* HWY_RESTRICT by_y,
                          Value* HWY_RESTRICT by_x,
                          Real* HWY_RESTRICT by_threshold) {
  const Value* HWY_RESTRICT values = row.x;
  const Real* HWY_RESTRICT threshold = row.threshold;
  const Real levels = row.levels;
  for (int64_t i = 0; i < row.count; ++i) {
    const Real x = real_of(values[i]);
    const Real by = real_of(by_y[i]);
    const Real u = x / threshold[i];
    const Real q = level_of(x, threshold[i], levels) / levels;
    const Real inside = u >= 0 ? (u <= 1 ? Real(1) : Real(0)) : Real(0);
    const Real above = u > 1 ? Real(1) : Real(0);
    store(by * inside, by_x[i]);
    by_threshold[i] += by * (inside * (q - u) + above);
  }
}

void forwards_f32(const QcfsRow<float, float>& row, float* y) {
  forwards(row, y);
}
void forwards_f64(const QcfsRow<double, double>& row, double* y) {
  forwards(row, y);
}
void forwards_bf16(const QcfsRow<Bf16, float>& row, Bf16* y) {
  forwards(row, y);
}
void backwards_f32(const QcfsRow<float, float>& row, const float* by_y,
                   float* by_x, float* by_threshold) {
  backwards(row, by_y, by_x, by_threshold);
}
void backwards_f64(const QcfsRow<double, double>& row, const double* by_y,
                   double* by_x, double* by_threshold) {
  backwards(row, by_y, by_x, by_threshold);
}
void backwards_bf16(const QcfsRow<Bf16, float>& row, const Bf16* by_y,
                    Bf16* by_x, float* by_threshold) {
  backwards(row, by_y, by_x, by_threshold);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nc {

HWY_EXPORT(forwards_f32);
HWY_EXPORT(forwards_f64);
HWY_EXPORT(forwards_bf16);
HWY_EXPORT(backwards_f32);
HWY_EXPORT(backwards_f64);
HWY_EXPORT(backwards_bf16);

void qcfs_forwards(const QcfsRow<float, float>& row, float* y) {
  HWY_DYNAMIC_DISPATCH(forwards_f32)(row, y);
}
void qcfs_forwards(const QcfsRow<double, double>& row, double* y) {
  HWY_DYNAMIC_DISPATCH(forwards_f64)(row, y);
}
void qcfs_forwards(const QcfsRow<Bf16, float>& row, Bf16* y) {
  HWY_DYNAMIC_DISPATCH(forwards_bf16)(row, y);
}
void qcfs_backwards(const QcfsRow<float, float>& row, const float* by_y,
                    float* by_x, float* by_threshold) {
  HWY_DYNAMIC_DISPATCH(backwards_f32)(row, by_y, by_x, by_threshold);
}
void qcfs_backwards(const QcfsRow<double, double>& row, const double* by_y,
                    double* by_x, double* by_threshold) {
  HWY_DYNAMIC_DISPATCH(backwards_f64)(row, by_y, by_x, by_threshold);
}
void qcfs_backwards(const QcfsRow<Bf16, float>& row, const Bf16* by_y,
                    Bf16* by_x, float* by_threshold) {
  HWY_DYNAMIC_DISPATCH(backwards_bf16)(row, by_y, by_x, by_threshold);
}

}  // namespace nc
#endif
