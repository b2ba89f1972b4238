#include "passes/torch/sums.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cassert>

namespace nc {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

at::Tensor sum_over(Processes& others, const at::Tensor& values) {
  at::Tensor sum = values.detach().clone(at::MemoryFormat::Contiguous);
  switch (sum.scalar_type()) {
    case at::kFloat:
      others.add_up(sum.data_ptr<float>(), sum.numel());
      break;
    case at::kDouble:
      others.add_up(sum.data_ptr<double>(), sum.numel());
      break;
    default:
      assert(sum.scalar_type() == at::kLong);
      others.add_up(sum.data_ptr<int64_t>(), sum.numel());
  }
  return sum;
}

// Sums of f32 and f64 make 0 of -0.
at::Tensor as_bits(const at::Tensor& values) {
  at::Tensor dense = values.detach().contiguous();
  if (dense.scalar_type() == at::kLong) return dense;
  if (dense.scalar_type() == at::kDouble) return dense.view(at::kLong);
  return dense.view(at::kInt).to(at::kLong);
}

at::Tensor from_bits(const at::Tensor& bits, at::ScalarType type) {
  return type == at::kFloat ? bits.to(at::kInt).view(type) : bits.view(type);
}

struct AddedUp : Function<AddedUp> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& values,
                            Processes* others) {
    context->saved_data["others"] = reinterpret_cast<int64_t>(others);
    return sum_over(*others, values);
  }

  static variable_list backward(AutogradContext* context,
                                variable_list gradients) {
    int64_t address = context->saved_data.at("others").toInt();
    return {sum_over(*reinterpret_cast<Processes*>(address), gradients[0]), {}};
  }
};

}  // namespace

at::Tensor added_up(Processes* others, const at::Tensor& values) {
  if (!others) return values;
  bool learns = at::GradMode::is_enabled() && values.requires_grad();
  return learns ? AddedUp::apply(values, others) : sum_over(*others, values);
}

at::Tensor gathered(Processes* others, const at::Tensor& values) {
  if (!others) return values.unsqueeze(0);
  Dealt dealt{others};
  std::vector<int64_t> sizes = values.sizes().vec();
  sizes.insert(sizes.begin(), dealt.size());
  at::Tensor all = at::zeros(sizes, values.options());
  all[dealt.rank()].copy_(values);
  return sum_over(*others, all);
}

at::Tensor of_first(Processes* others, const at::Tensor& values) {
  if (!others) return values;
  at::Tensor bits = as_bits(values);
  return from_bits(
      sum_over(*others, is_first(others) ? bits : at::zeros_like(bits)),
      values.scalar_type());
}

at::Tensor mean_of_all(Processes* others, const at::Tensor& values,
                       int64_t dim) {
  if (!others) return values.mean(dim);
  at::Tensor count =
      at::full({1}, static_cast<double>(values.size(dim)), at::kDouble);
  at::Tensor sums = values.sum(dim, /*keepdim=*/false, at::kDouble);
  at::Tensor all = added_up(others, at::cat({sums.flatten(), count}));
  at::Tensor mean = all.slice(0, 0, sums.numel()) / all[sums.numel()];
  return mean.reshape(sums.sizes()).to(at::kFloat);
}

}  // namespace nc
