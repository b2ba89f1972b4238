// The operations of the IR: plain structs, closed on purpose. Every engine and
// every back end knows each of them through an overload set, so that a new op
// does not compile until each place that must know it does.
//
// Shapes are without batch and time: [channels, height, width] for images,
// [channels, length] for signals, [features] for vectors. Axis 0 is the
// channel axis. A parameter that is given "per neuron group" has the shape
// [1] (one for all), [channels], or the full shape of the values it meets.
#pragma once

#include <cstdint>
#include <variant>

#include "ir/fields.h"
#include "ir/tensor.h"

namespace nc {

// ---- The ends ----------------------------------------------------------

// What enters. In a quantised graph the stored value is the integer
// x_q = clip(round(x / step), low, high); step = 0 means real numbers.
struct Input {
  Shape shape;
  double step = 0;
  int64_t low = 0;
  int64_t high = 0;

  static constexpr auto kind = "input";
  static constexpr auto fields() {
    return std::tuple(required("shape", &Input::shape),
                      field("step", &Input::step), field("low", &Input::low),
                      field("high", &Input::high));
  }
};

// What leaves: readout values, times `scale`, are in the source's units.
struct Output {
  double scale = 1;

  static constexpr auto kind = "output";
  static constexpr auto fields() {
    return std::tuple(field("scale", &Output::scale));
  }
};

// ---- Weighted linear ops -------------------------------------------------

// y = W x + b.  weight [out, in], bias [out] or none; x is [in].
struct Affine {
  Tensor weight;
  Tensor bias;

  static constexpr auto kind = "affine";
  static constexpr auto fields() {
    return std::tuple(required("weight", &Affine::weight),
                      field("bias", &Affine::bias));
  }
};

// Cross-correlation as in PyTorch, zero padding on both sides.
// weight [out, in / groups, length]; bias [out] or [out, out_length] or none.
struct Conv1d {
  Tensor weight;
  Tensor bias;
  Shape stride = {1};
  Shape padding = {0};
  Shape dilation = {1};
  int64_t groups = 1;

  static constexpr auto kind = "conv1d";
  static constexpr auto fields() {
    return std::tuple(
        required("weight", &Conv1d::weight), field("bias", &Conv1d::bias),
        required("stride", &Conv1d::stride),
        required("padding", &Conv1d::padding),
        field("dilation", &Conv1d::dilation), field("groups", &Conv1d::groups));
  }
};

// weight [out, in / groups, height, width]; bias [out] or, where a constant
// has been folded through zero padding, [out, out_height, out_width].
struct Conv2d {
  Tensor weight;
  Tensor bias;
  Shape stride = {1, 1};
  Shape padding = {0, 0};
  Shape dilation = {1, 1};
  int64_t groups = 1;

  static constexpr auto kind = "conv2d";
  static constexpr auto fields() {
    return std::tuple(
        required("weight", &Conv2d::weight), field("bias", &Conv2d::bias),
        required("stride", &Conv2d::stride),
        required("padding", &Conv2d::padding),
        field("dilation", &Conv2d::dilation), field("groups", &Conv2d::groups));
  }
};

// y = weight * x + offset, per neuron group.
struct Scale {
  Tensor weight;
  Tensor offset;

  static constexpr auto kind = "scale";
  static constexpr auto fields() {
    return std::tuple(required("weight", &Scale::weight),
                      field("offset", &Scale::offset));
  }
};

// y = (x - mean) / sqrt(variance + epsilon) * weight + bias per channel;
// all [channels]; weight and bias may be none (1 and 0).
struct BatchNorm {
  Tensor weight;
  Tensor bias;
  Tensor mean;
  Tensor variance;
  double epsilon = 1e-5;

  static constexpr auto kind = "batch_norm";
  static constexpr auto fields() {
    return std::tuple(field("weight", &BatchNorm::weight),
                      field("bias", &BatchNorm::bias),
                      required("mean", &BatchNorm::mean),
                      required("variance", &BatchNorm::variance),
                      required("epsilon", &BatchNorm::epsilon));
  }
};

// ---- Activations of the ANN ----------------------------------------------

struct Relu {
  static constexpr auto kind = "relu";
  static constexpr auto fields() { return std::tuple(); }
};

// min(max(x, low), high): ReLU6, Hardtanh, clamp.
struct Clip {
  double low = 0;
  double high = 6;

  static constexpr auto kind = "clip";
  static constexpr auto fields() {
    return std::tuple(required("low", &Clip::low),
                      required("high", &Clip::high));
  }
};

struct LeakyRelu {
  double slope = 0.01;

  static constexpr auto kind = "leaky_relu";
  static constexpr auto fields() {
    return std::tuple(required("slope", &LeakyRelu::slope));
  }
};

struct Silu {
  static constexpr auto kind = "silu";
  static constexpr auto fields() { return std::tuple(); }
};

// x * Phi(x), or its tanh approximation.
struct Gelu {
  bool tanh = false;

  static constexpr auto kind = "gelu";
  static constexpr auto fields() {
    return std::tuple(field("tanh", &Gelu::tanh));
  }
};

struct Sigmoid {
  static constexpr auto kind = "sigmoid";
  static constexpr auto fields() { return std::tuple(); }
};

struct Tanh {
  static constexpr auto kind = "tanh";
  static constexpr auto fields() { return std::tuple(); }
};

// Quantisation-clip-floor-shift (Bu et al., ICLR 2022), theta per neuron
// group: y = theta / L * clip(floor(x L / theta + 1/2), 0, L).
struct Qcfs {
  Tensor threshold;
  int64_t levels = 8;

  static constexpr auto kind = "qcfs";
  static constexpr auto fields() {
    return std::tuple(required("threshold", &Qcfs::threshold),
                      required("levels", &Qcfs::levels));
  }
};

// ---- Pools: one entry per spatial axis -------------------------------------

// The mean of each window. Windows that hang over the padded border
// (ceil_mode) are divided as PyTorch does it.
struct AvgPool {
  Shape kernel;
  Shape stride;
  Shape padding;
  bool ceil_mode = false;
  bool count_include_pad = true;

  static constexpr auto kind = "avg_pool";
  static constexpr auto fields() {
    return std::tuple(required("kernel", &AvgPool::kernel),
                      required("stride", &AvgPool::stride),
                      required("padding", &AvgPool::padding),
                      field("ceil_mode", &AvgPool::ceil_mode),
                      field("count_include_pad", &AvgPool::count_include_pad));
  }
};

// The sum of each window; padding adds zeros.
struct SumPool {
  Shape kernel;
  Shape stride;
  Shape padding;
  bool ceil_mode = false;

  static constexpr auto kind = "sum_pool";
  static constexpr auto fields() {
    return std::tuple(required("kernel", &SumPool::kernel),
                      required("stride", &SumPool::stride),
                      required("padding", &SumPool::padding),
                      field("ceil_mode", &SumPool::ceil_mode));
  }
};

// The largest value of each window; padding never wins.
struct MaxPool {
  Shape kernel;
  Shape stride;
  Shape padding;
  Shape dilation;
  bool ceil_mode = false;

  static constexpr auto kind = "max_pool";
  static constexpr auto fields() {
    return std::tuple(required("kernel", &MaxPool::kernel),
                      required("stride", &MaxPool::stride),
                      required("padding", &MaxPool::padding),
                      required("dilation", &MaxPool::dilation),
                      field("ceil_mode", &MaxPool::ceil_mode));
  }
};

// Window i of n along an axis of size s: [floor(i s / n), ceil((i+1) s / n)).
struct AdaptiveAvgPool {
  Shape output_size;

  static constexpr auto kind = "adaptive_avg_pool";
  static constexpr auto fields() {
    return std::tuple(required("output_size", &AdaptiveAvgPool::output_size));
  }
};

// ---- Rearrangements --------------------------------------------------------

// `before` and `after` have one entry per axis of the input, channels first.
struct Pad {
  Shape before;
  Shape after;
  double value = 0;

  static constexpr auto kind = "pad";
  static constexpr auto fields() {
    return std::tuple(required("before", &Pad::before),
                      required("after", &Pad::after),
                      field("value", &Pad::value));
  }
};

// To one axis.
struct Flatten {
  static constexpr auto kind = "flatten";
  static constexpr auto fields() { return std::tuple(); }
};

struct Reshape {
  Shape shape;

  static constexpr auto kind = "reshape";
  static constexpr auto fields() {
    return std::tuple(required("shape", &Reshape::shape));
  }
};

// Axis i of the result is axis order[i] of the input.
struct Permute {
  Shape order;

  static constexpr auto kind = "permute";
  static constexpr auto fields() {
    return std::tuple(required("order", &Permute::order));
  }
};

// Indices start, start + step, ... below stop along one axis.
struct Slice {
  int64_t axis = 0;
  int64_t start = 0;
  int64_t stop = 0;
  int64_t step = 1;

  static constexpr auto kind = "slice";
  static constexpr auto fields() {
    return std::tuple(
        required("axis", &Slice::axis), required("start", &Slice::start),
        required("stop", &Slice::stop), field("step", &Slice::step));
  }
};

// The only op whose inputs are not summed but laid side by side.
struct Concat {
  int64_t axis = 0;

  static constexpr auto kind = "concat";
  static constexpr auto fields() {
    return std::tuple(required("axis", &Concat::axis));
  }
};

// ---- Neurons ----------------------------------------------------------------

enum class Reset { subtract, zero, value };
template <>
struct Names<Reset> {
  static constexpr std::array<const char*, 3> names = {"subtract", "zero",
                                                       "value"};
};

// The membrane potential before the first step: 0 or threshold / 2 (for
// integers: floor(threshold / 2)).
enum class Initial { zero, half };
template <>
struct Names<Initial> {
  static constexpr std::array<const char*, 2> names = {"zero", "half"};
};

// What all spiking neurons share. Per step, with z the sum of the inputs:
//   v += z;  clamp v to +-(2^(membrane_bits-1) - 1) unless membrane_bits = 0
//   s  = [v >= threshold]                        (levels = 1)
//   s  = clip(floor(v / threshold), 0, 2^levels - 1)      (levels > 1)
//   v -= threshold * s   (subtract), v = 0 (zero), v = reset_value (value)
// is_signed: if v < 0 and the net count of spikes so far is above 0, s = -1
// (a spike is taken back; Hao et al., AAAI 2023, "signed IF").
// strict: s = [v > threshold], as NIR has it.
struct Neuron {
  Tensor threshold;
  Reset reset = Reset::subtract;
  double reset_value = 0;
  Initial initial = Initial::half;
  bool is_signed = false;
  int64_t levels = 1;
  int64_t membrane_bits = 0;
  bool strict = false;

  static constexpr auto neuron_fields() {
    return std::tuple(required("threshold", &Neuron::threshold),
                      field("reset", &Neuron::reset),
                      field("reset_value", &Neuron::reset_value),
                      field("initial", &Neuron::initial),
                      field("signed", &Neuron::is_signed),
                      field("levels", &Neuron::levels),
                      field("membrane_bits", &Neuron::membrane_bits),
                      field("strict", &Neuron::strict));
  }
};

// Integrate and fire: no leak.
struct If : Neuron {
  static constexpr auto kind = "if";
  static constexpr auto fields() { return neuron_fields(); }
};

// Leaky integrate and fire: v = decay * v before z is added. In a quantised
// graph decay is an integer in 1/4096 and v decays as sign(v) * ((|v| * decay)
// >> 12), rounding towards zero, as on Loihi.
struct Lif : Neuron {
  Tensor decay;

  static constexpr auto kind = "lif";
  static constexpr auto fields() {
    return std::tuple_cat(neuron_fields(),
                          std::tuple(required("decay", &Lif::decay)));
  }
};

// Leaky integrator: v = decay * v + z, and v itself is the output. Starts at
// 0. Same integer decay as Lif.
struct Li {
  Tensor decay;

  static constexpr auto kind = "li";
  static constexpr auto fields() {
    return std::tuple(required("decay", &Li::decay));
  }
};

// What came in so many steps ago: y(t) = x(t - steps), 0 before. Steps are
// integers from 0 on, per neuron group.
struct Delay {
  Tensor steps;

  static constexpr auto kind = "delay";
  static constexpr auto fields() {
    return std::tuple(required("steps", &Delay::steps));
  }
};

using Op =
    std::variant<Input, Output, Affine, Conv1d, Conv2d, Scale, BatchNorm, Relu,
                 Clip, LeakyRelu, Silu, Gelu, Sigmoid, Tanh, Qcfs, AvgPool,
                 SumPool, MaxPool, AdaptiveAvgPool, Pad, Flatten, Reshape,
                 Permute, Slice, Concat, If, Lif, Li, Delay>;

// For std::visit with one lambda per case.
template <class... Cases>
struct Overload : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overload(Cases...) -> Overload<Cases...>;

template <class T>
concept IsConvolution = std::is_same_v<T, Conv1d> || std::is_same_v<T, Conv2d>;

template <class T>
concept IsNeuron = std::is_base_of_v<Neuron, T>;

inline std::string kind_of(const Op& op) {
  return std::visit([](const auto& each) { return std::string(each.kind); },
                    op);
}

// The neuron's shared part, or nullptr when `op` does not spike.
inline const Neuron* as_neuron(const Op& op) {
  return std::visit(
      [](const auto& each) -> const Neuron* {
        if constexpr (IsNeuron<std::decay_t<decltype(each)>>) return &each;
        return nullptr;
      },
      op);
}

// An op of the given kind with default fields; throws Error for unknown ones.
Op op_from_kind(const std::string& kind);

}  // namespace nc
