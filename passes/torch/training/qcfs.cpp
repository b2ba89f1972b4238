#include "passes/torch/training/qcfs.h"

#include <torch/csrc/autograd/custom_function.h>

#include <cstdint>

#include "passes/torch/training/qcfs_rows.h"
#include "passes/torch/training/rows.h"

namespace nc {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

// Calls f(what a value is stored as, what it is computed in).
template <class F>
void with_types(const at::Tensor& values, F f) {
  if (values.scalar_type() == at::kBFloat16) return f(Bf16(), float());
  with_type(values, [&](auto real) { f(real, real); });
}

template <class Value>
Value* values_of(const at::Tensor& values) {
  return static_cast<Value*>(values.data_ptr());
}

// Of [1, samples, elements] and [elements].
struct QcfsFunction : Function<QcfsFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& threshold, int64_t levels) {
    context->saved_data["levels"] = levels;
    context->saved_data["threshold"] = threshold.requires_grad();
    context->save_for_backward({x, threshold});
    at::Tensor y = at::empty_like(x);
    with_types(x, [&](auto value, auto real) {
      using Value = decltype(value);
      using Real = decltype(real);
      for_each_row<Value, Real>(
          x, threshold, levels,
          [&](const QcfsRow<Value, Real>& row, int64_t at, int64_t) {
            qcfs_forwards(row, values_of<Value>(y) + at);
          });
    });
    return y;
  }

  static variable_list backward(AutogradContext* context,
                                variable_list gradients) {
    variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &threshold = saved[1];
    const int64_t levels = context->saved_data.at("levels").toInt();
    at::Tensor by_y = gradients[0].contiguous();
    at::Tensor by_x = at::empty_like(x);
    at::Tensor by_threshold = at::zeros_like(threshold);
    with_types(x, [&](auto value, auto real) {
      using Value = decltype(value);
      using Real = decltype(real);
      for_each_row<Value, Real>(
          x, threshold, levels,
          [&](const QcfsRow<Value, Real>& row, int64_t at, int64_t element) {
            qcfs_backwards(row, values_of<Value>(by_y) + at,
                           values_of<Value>(by_x) + at,
                           values_of<Real>(by_threshold) + element);
          });
    });
    if (!context->saved_data.at("threshold").toBool()) by_threshold.reset();
    return {by_x, by_threshold, {}};
  }

  // Calls f(row, where it starts in x, its first element) for all blocks.
  template <class Value, class Real, class F>
  static void for_each_row(const at::Tensor& x, const at::Tensor& threshold,
                           int64_t levels, F f) {
    const int64_t samples = x.size(1), elements = x.size(2);
    for_each_block(elements, [&](int64_t first, int64_t last) {
      for (int64_t s = 0; s < samples; ++s) {
        const int64_t at = s * elements + first;
        f({values_of<Value>(x) + at, values_of<Real>(threshold) + first,
           static_cast<Real>(levels), last - first},
          at, first);
      }
    });
  }
};

}  // namespace

at::Tensor qcfs(const at::Tensor& x, const at::Tensor& threshold,
                int64_t levels) {
  at::Tensor z = x.unsqueeze(0);
  Rows rows(z);
  at::Tensor y = QcfsFunction::apply(rows.flat(z), rows.row(threshold), levels);
  return rows.shaped(y).squeeze(0);
}

}  // namespace nc
