#include "passes/torch/training/spike_train.h"

#include <torch/csrc/autograd/custom_function.h>

#include <cstring>
#include <string>
#include <type_traits>

#include "passes/torch/training/neuron_steps.h"
#include "passes/torch/training/rows.h"
#include "runtime/torch/neuron.h"

namespace nc {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

NeuronForm form_of(const NeuronRule& rule) {
  const Neuron& neuron = rule.neuron;
  return {neuron.reset,         neuron.reset_value, neuron.is_signed,
          neuron.strict,        neuron.levels,      neuron.membrane_bits,
          rule.decay.defined(), rule.integers,      rule.detach_reset,
          rule.surrogate};
}

// The form as an autograd context can keep it.
static_assert(std::is_trivially_copyable_v<NeuronForm>);

std::string bytes_of(const NeuronForm& form) {
  return {reinterpret_cast<const char*>(&form), sizeof form};
}

NeuronForm form_from(const std::string& bytes) {
  NeuronForm form;
  std::memcpy(&form, bytes.data(), sizeof form);
  return form;
}

// All tensors of a layer, contiguous: [steps, samples, elements] and parts.
struct Layer {
  at::Tensor current, threshold, decay, start, net_count;
  at::Tensor membranes, spikes, end;

  template <class Real>
  NeuronTrain<Real> train() const {
    NeuronTrain<Real> train;
    train.steps = spikes.size(0);
    train.samples = spikes.size(1);
    train.elements = spikes.size(2);
    train.threshold = data_of<Real>(threshold);
    train.decay = data_of<Real>(decay);
    train.current = data_of<Real>(current);
    train.current_stride = current.defined() && current.size(0) == 1
                               ? 0
                               : train.samples * train.elements;
    train.start = data_of<Real>(start);
    train.net_count = data_of<Real>(net_count);
    train.membranes = data_of<Real>(membranes);
    train.spikes = data_of<Real>(spikes);
    train.end = data_of<Real>(end);
    return train;
  }
};

// Of [steps or 1, samples, elements] currents, [elements] thresholds and decays
// and [samples, elements] membranes; gives spikes and the last membranes.
// net_count is changed in place.
struct SpikeTrain : Function<SpikeTrain> {
  static variable_list forward(AutogradContext* context,
                               const at::Tensor& current,
                               const at::Tensor& threshold,
                               const c10::optional<at::Tensor>& decay,
                               const at::Tensor& start,
                               const c10::optional<at::Tensor>& net_count,
                               int64_t steps, const std::string& bytes) {
    NeuronForm form = form_from(bytes);
    Shape shape = {steps, current.size(1), current.size(2)};
    Layer layer{current,
                threshold,
                decay.value_or(at::Tensor()),
                start,
                net_count.value_or(at::Tensor()),
                at::empty(shape, current.options()),
                at::empty(shape, current.options()),
                at::empty_like(start)};
    with_type(current, [&](auto real) {
      auto train = layer.train<decltype(real)>();
      for_each_block(train.elements, [&](int64_t first, int64_t last) {
        run_neurons(form, train, first, last);
      });
    });
    context->saved_data["form"] = bytes;
    context->saved_data["same_current"] = current.size(0) == 1;
    context->saved_data["by_threshold"] = threshold.requires_grad();
    context->saved_data["by_decay"] =
        layer.decay.defined() && layer.decay.requires_grad();
    at::Tensor counted =
        layer.net_count.defined() ? layer.net_count.clone() : layer.net_count;
    context->save_for_backward({threshold, layer.decay, start, counted,
                                layer.membranes, layer.spikes});
    return {layer.spikes, layer.end};
  }

  static variable_list backward(AutogradContext* context,
                                variable_list gradients) {
    NeuronForm form = form_from(context->saved_data.at("form").toStringRef());
    variable_list saved = context->get_saved_variables();
    Layer layer{{},       saved[0], saved[1], saved[2],
                saved[3], saved[4], saved[5], {}};
    // Walked back in place, which a second backward pass must not see.
    if (layer.net_count.defined()) layer.net_count = layer.net_count.clone();
    auto wanted = [&](const char* name, const at::Tensor& like) {
      return context->saved_data.at(name).toBool() ? at::zeros_like(like)
                                                   : at::Tensor();
    };
    at::Tensor by_threshold = wanted("by_threshold", layer.threshold);
    at::Tensor by_decay = wanted("by_decay", layer.decay);
    Shape shape = layer.spikes.sizes().vec();
    if (context->saved_data.at("same_current").toBool()) shape[0] = 1;
    at::Tensor by_current = at::zeros(shape, layer.spikes.options());
    at::Tensor by_start = at::empty_like(layer.start);
    at::Tensor spikes = contiguous(gradients[0]),
               end = contiguous(gradients[1]);
    with_type(layer.spikes, [&](auto real) {
      using Real = decltype(real);
      auto train = layer.train<Real>();
      if (shape[0] == 1) train.current_stride = 0;
      NeuronGradients<Real> out{
          data_of<Real>(spikes),       data_of<Real>(end),
          data_of<Real>(by_current),   data_of<Real>(by_start),
          data_of<Real>(by_threshold), data_of<Real>(by_decay)};
      for_each_block(train.elements, [&](int64_t first, int64_t last) {
        run_neurons_backwards(form, train, out, first, last);
      });
    });
    return {by_current, by_threshold, by_decay, by_start, {}, {}, {}};
  }

  static at::Tensor contiguous(const at::Tensor& gradient) {
    return gradient.defined() ? gradient.contiguous() : gradient;
  }
};

at::Tensor first_membrane(const NeuronRule& rule, const at::Tensor& threshold,
                          int64_t samples) {
  Shape shape = {samples, threshold.size(0)};
  if (rule.neuron.initial == Initial::zero) {
    return at::zeros(shape, threshold.options());
  }
  at::Tensor half = threshold / 2;
  if (rule.integers) half = straight_through(half, half.detach().floor());
  return half.expand(shape).contiguous();
}

}  // namespace

at::Tensor differentiable_leak(const at::Tensor& membrane,
                               const at::Tensor& decay, bool integers) {
  at::Tensor v = membrane * decay;
  if (!integers) return v;
  return straight_through(v / 4096,
                          leaked(membrane.detach(), decay.detach(), true));
}

at::Tensor spike_train(const NeuronRule& rule, NeuronMemory& memory,
                       const at::Tensor& z, int64_t count) {
  Rows rows(z);
  at::Tensor threshold = rows.row(rule.threshold);
  c10::optional<at::Tensor> decay, net_count;
  if (rule.decay.defined()) decay = rows.row(rule.decay);
  if (!memory.membrane.defined()) {
    memory.membrane = first_membrane(rule, threshold, z.size(1));
    if (rule.neuron.is_signed) {
      memory.net_count = at::zeros_like(memory.membrane).detach();
    }
  }
  if (rule.neuron.is_signed) {
    memory.net_count = memory.net_count.clone();
    net_count = memory.net_count;
  }
  variable_list run =
      SpikeTrain::apply(rows.flat(z), threshold, decay, memory.membrane,
                        net_count, count, bytes_of(form_of(rule)));
  memory.membrane = run[1];
  return rows.shaped(run[0]);
}

}  // namespace nc
