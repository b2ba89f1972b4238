#include "passes/torch/training/surrogate.h"

#include <ATen/ExpandUtils.h>
#include <torch/csrc/autograd/custom_function.h>

#include "runtime/torch/neuron.h"

namespace nc {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

constexpr double kPi = 3.14159265358979323846;

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

struct Fired : Function<Fired> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& v,
                            const at::Tensor& threshold,
                            const c10::optional<at::Tensor>& counted,
                            bool strict, int64_t levels, int64_t kind,
                            double width) {
    at::Tensor net_count = counted.value_or(at::Tensor());
    context->saved_data["kind"] = kind;
    context->saved_data["width"] = width;
    context->saved_data["levels"] = levels;
    context->saved_data["threshold"] = threshold.requires_grad();
    context->save_for_backward({v, threshold, net_count});
    if (levels > 1) {
      return (v / threshold).floor_().clamp_(0, largest_payload(levels));
    }
    at::Tensor fires = strict ? v.gt(threshold) : v.ge(threshold);
    at::Tensor spikes = fires.to(v.scalar_type());
    if (!net_count.defined()) return spikes;
    at::Tensor taken_back = v.lt(0).logical_and_(net_count.gt(0));
    return spikes.sub_(taken_back.to(v.scalar_type()));
  }

  static variable_list backward(AutogradContext* context,
                                variable_list gradients) {
    variable_list saved = context->get_saved_variables();
    const at::Tensor &v = saved[0], &threshold = saved[1], &count = saved[2];
    SurrogateShape surrogate{
        static_cast<Surrogate>(context->saved_data.at("kind").toInt()),
        context->saved_data.at("width").toDouble()};
    int64_t levels = context->saved_data.at("levels").toInt();
    at::Tensor x = v / threshold;
    at::Tensor nearest = levels == 1
                             ? at::ones({}, v.options())
                             : x.round().clamp_(1, largest_payload(levels));
    at::Tensor slope = derivative(surrogate, x - nearest);
    if (count.defined()) {
      slope = slope + derivative(surrogate, x) * count.gt(0);
    }
    at::Tensor by_v = gradients[0] * slope / threshold;
    return {by_v, reduced(context, "threshold", -by_v * x, threshold),
            {},   {},
            {},   {},
            {}};
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

struct QcfsFunction : Function<QcfsFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& threshold, double levels) {
    context->saved_data["levels"] = levels;
    context->saved_data["threshold"] = threshold.requires_grad();
    context->save_for_backward({x, threshold});
    return level(x, threshold, levels).mul_(threshold / levels);
  }

  static variable_list backward(AutogradContext* context,
                                variable_list gradients) {
    variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &threshold = saved[1];
    double levels = context->saved_data.at("levels").toDouble();
    at::Tensor u = x / threshold;
    at::Tensor inside = u.ge(0).logical_and_(u.le(1));
    at::Tensor by_x = gradients[0] * inside;
    if (!context->saved_data.at("threshold").toBool()) return {by_x, {}, {}};
    at::Tensor q = level(x, threshold, levels).div_(levels);
    at::Tensor by_threshold = at::where(inside, q - u, u.gt(1).to(u.dtype()));
    return {
        by_x, at::sum_to(gradients[0] * by_threshold, threshold.sizes()), {}};
  }

  static at::Tensor level(const at::Tensor& x, const at::Tensor& threshold,
                          double levels) {
    return (x * levels / threshold + 0.5).floor_().clamp_(0, levels);
  }
};

}  // namespace

SurrogateShape surrogate_of(const TrainOptions& options) {
  double width =
      options.width > 0 ? options.width : default_width(options.surrogate);
  return {options.surrogate, width};
}

at::Tensor derivative(const SurrogateShape& surrogate, const at::Tensor& u) {
  double w = surrogate.width;
  switch (surrogate.kind) {
    case Surrogate::atan:
      return (u * (kPi / w)).square_().add_(1).reciprocal_().div_(w);
    case Surrogate::sigmoid: {
      at::Tensor s = at::sigmoid(u / w);
      return (s * (1 - s)).div_(w);
    }
    case Surrogate::triangle:
      return (1 - u.abs() / w).clamp_min_(0).div_(w);
    case Surrogate::fast_sigmoid:
      return (u.abs() / w).add_(1).square_().reciprocal_();
    case Surrogate::rectangle:
      break;
  }
  return u.abs().le(w / 2).to(u.scalar_type()).div_(w);
}

at::Tensor straight_through(const at::Tensor& smooth, const at::Tensor& value) {
  return StraightThrough::apply(smooth, value);
}

at::Tensor fired(const Neuron& neuron, const SurrogateShape& surrogate,
                 const at::Tensor& v, const at::Tensor& threshold,
                 const at::Tensor& net_count) {
  c10::optional<at::Tensor> count;
  if (net_count.defined()) count = net_count;
  return Fired::apply(v, threshold, count, neuron.strict, neuron.levels,
                      static_cast<int64_t>(surrogate.kind), surrogate.width);
}

at::Tensor counted(const Neuron& neuron, const at::Tensor& sum,
                   const at::Tensor& threshold, int64_t timesteps,
                   bool integers) {
  double most = static_cast<double>(timesteps) * largest_payload(neuron.levels);
  at::Tensor counts = exact_count(neuron, threshold.detach(), sum.detach(),
                                  timesteps, integers);
  return Counted::apply(sum, threshold, counts, most);
}

at::Tensor qcfs(const at::Tensor& x, const at::Tensor& threshold,
                int64_t levels) {
  return QcfsFunction::apply(x, threshold, static_cast<double>(levels));
}

}  // namespace nc
