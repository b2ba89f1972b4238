#include "passes/torch/training/surrogate.h"

#include <ATen/ExpandUtils.h>
#include <torch/csrc/autograd/custom_function.h>

#include "runtime/torch/neuron.h"

namespace nc {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

double default_width(Surrogate kind) {
  switch (kind) {
    case Surrogate::sigmoid:
      return 0.25;
    case Surrogate::fast_sigmoid:
      return 0.1;
    default:
      return 1;
  }
}

double largest_payload(int64_t levels) {
  return static_cast<double>((int64_t{1} << levels) - 1);
}

// The gradient of a parameter that was broadcast; none where nobody asks.
at::Tensor reduced(const AutogradContext* context, const char* wanted,
                   const at::Tensor& gradient, const at::Tensor& parameter) {
  if (!context->saved_data.at(wanted).toBool()) return {};
  return at::sum_to(gradient, parameter.sizes());
}

struct StraightThrough : Function<StraightThrough> {
  static at::Tensor forward(AutogradContext*, const at::Tensor&,
                            const at::Tensor& value) {
    return value;
  }
  static variable_list backward(AutogradContext*, variable_list gradients) {
    return {gradients[0], {}};
  }
};

struct Counted : Function<Counted> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& sum,
                            const at::Tensor& threshold,
                            const at::Tensor& counts, double most) {
    context->saved_data["most"] = most;
    context->saved_data["threshold"] = threshold.requires_grad();
    context->save_for_backward({sum, threshold});
    return counts;
  }

  static variable_list backward(AutogradContext* context,
                                variable_list gradients) {
    variable_list saved = context->get_saved_variables();
    const at::Tensor &sum = saved[0], &threshold = saved[1];
    double most = context->saved_data.at("most").toDouble();
    at::Tensor x = sum / threshold;
    at::Tensor passes = x.ge(0).logical_and_(x.le(most));
    at::Tensor by_sum = gradients[0] * passes / threshold;
    return {
        by_sum, reduced(context, "threshold", -by_sum * x, threshold), {}, {}};
  }
};

}  // namespace

SurrogateShape surrogate_of(const TrainOptions& options) {
  double width =
      options.width > 0 ? options.width : default_width(options.surrogate);
  return {options.surrogate, width};
}

at::Tensor straight_through(const at::Tensor& smooth, const at::Tensor& value) {
  return StraightThrough::apply(smooth, value);
}

at::Tensor counted(const Neuron& neuron, const at::Tensor& sum,
                   const at::Tensor& threshold, int64_t timesteps,
                   bool integers) {
  double most = static_cast<double>(timesteps) * largest_payload(neuron.levels);
  at::Tensor counts = exact_count(neuron, threshold.detach(), sum.detach(),
                                  timesteps, integers);
  return Counted::apply(sum, threshold, counts, most);
}

}  // namespace nc
