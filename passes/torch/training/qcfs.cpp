#include "passes/torch/training/qcfs.h"

#include <torch/csrc/autograd/custom_function.h>

#include <cstdint>

#include "passes/torch/training/rows.h"

namespace nc {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

// floor(x levels / threshold + 1/2), limited to 0 ... levels; 0 of what is not
// a number. Here as below nothing branches, so that compilers make vectors of
// it.
template <class Real>
Real level_of(Real x, Real threshold, Real levels) {
  const Real level = x * levels / threshold + Real(0.5);
  const Real above = level > 0 ? level : Real(0);
  const Real limited = above < levels ? above : levels;
  return static_cast<Real>(static_cast<int32_t>(limited));
}

template <class Real>
void forwards(const Real* x, const Real* threshold, Real levels, int64_t count,
              Real* y) {
  for (int64_t i = 0; i < count; ++i) {
    const Real lost = x[i] == x[i] ? Real(0) : x[i];
    y[i] =
        level_of(x[i], threshold[i], levels) * (threshold[i] / levels) + lost;
  }
}

template <class Real>
void backwards(const Real* x, const Real* threshold, const Real* by_y,
               Real levels, int64_t count, Real* by_x, Real* by_threshold) {
  for (int64_t i = 0; i < count; ++i) {
    const Real u = x[i] / threshold[i];
    const Real q = level_of(x[i], threshold[i], levels) / levels;
    const Real inside = u >= 0 ? (u <= 1 ? Real(1) : Real(0)) : Real(0);
    const Real above = u > 1 ? Real(1) : Real(0);
    by_x[i] = by_y[i] * inside;
    by_threshold[i] += by_y[i] * (inside * (q - u) + above);
  }
}

// Of [1, samples, elements] and [elements]: one pass over memory forwards and
// one back, where a formula of tensors would take twenty.
struct QcfsFunction : Function<QcfsFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& threshold, int64_t levels) {
    context->saved_data["levels"] = levels;
    context->saved_data["threshold"] = threshold.requires_grad();
    context->save_for_backward({x, threshold});
    at::Tensor y = at::empty_like(x);
    with_type(x, [&](auto real) {
      using Real = decltype(real);
      for_each_row(x, [&](int64_t row, int64_t first, int64_t count) {
        forwards(data_of<Real>(x) + row + first,
                 data_of<Real>(threshold) + first, static_cast<Real>(levels),
                 count, data_of<Real>(y) + row + first);
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
    with_type(x, [&](auto real) {
      using Real = decltype(real);
      for_each_row(x, [&](int64_t row, int64_t first, int64_t count) {
        backwards(data_of<Real>(x) + row + first,
                  data_of<Real>(threshold) + first,
                  data_of<Real>(by_y) + row + first, static_cast<Real>(levels),
                  count, data_of<Real>(by_x) + row + first,
                  data_of<Real>(by_threshold) + first);
      });
    });
    if (!context->saved_data.at("threshold").toBool()) by_threshold.reset();
    return {by_x, by_threshold, {}};
  }

  // Calls f(where a sample starts, first element, count) for all blocks.
  template <class F>
  static void for_each_row(const at::Tensor& x, F f) {
    const int64_t samples = x.size(1), elements = x.size(2);
    for_each_block(elements, [&](int64_t first, int64_t last) {
      for (int64_t s = 0; s < samples; ++s) {
        f(s * elements, first, last - first);
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
  return rows.shaped(y)[0];
}

}  // namespace nc
