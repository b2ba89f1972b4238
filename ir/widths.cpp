#include "ir/widths.h"

#include <algorithm>
#include <bit>
#include <map>

#include "ir/error.h"
#include "ir/saturate.h"

namespace nc {
namespace {

// ---- Interval arithmetic ---------------------------------------------------

// A bound that has been lost stays lost, whatever is added to it.
Interval operator+(const Interval& a, const Interval& b) {
  bool lost_low = std::min(a.low, b.low) == -kUnbounded;
  bool lost_high = std::max(a.high, b.high) == kUnbounded;
  return {lost_low ? -kUnbounded : saturating_add(a.low, b.low),
          lost_high ? kUnbounded : saturating_add(a.high, b.high)};
}

Interval operator*(const Interval& a, int64_t factor) {
  int64_t one = saturating_multiply(a.low, factor);
  int64_t other = saturating_multiply(a.high, factor);
  return {std::min(one, other), std::max(one, other)};
}

Interval hull(const Interval& a, const Interval& b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

Interval with_zero(const Interval& a) { return hull(a, {0, 0}); }

int64_t whole(double value) {
  constexpr double kLimit = 4e18;
  return static_cast<int64_t>(std::clamp(value, -kLimit, kLimit));
}

// Of all elements of a tensor; [0, 0] for one that is absent.
Interval range_of(const Tensor& tensor) {
  std::vector<int64_t> values = tensor.to_integers();
  if (values.empty()) return {0, 0};
  auto [low, high] = std::minmax_element(values.begin(), values.end());
  return {*low, *high};
}

// What reaches a node: the sum of its inputs, and all partial sums of it.
struct Arriving {
  Interval sum;
  Interval partial;
};

// What a node makes of it.
struct Made {
  Interval value;
  Interval accumulator;
};

Made unchanged(const Arriving& z) { return {z.sum, z.partial}; }

// ---- Linear ops ------------------------------------------------------------

// The range of bias[channel, ...]; bias may have values per position.
Interval bias_of(const std::vector<int64_t>& bias, size_t channels,
                 size_t channel) {
  if (bias.empty()) return {0, 0};
  size_t size = bias.size() / channels;
  auto first = bias.begin() + static_cast<std::ptrdiff_t>(channel * size);
  auto [low, high] =
      std::minmax_element(first, first + static_cast<std::ptrdiff_t>(size));
  return {*low, *high};
}

// y[c] = sum over i of weight[c, i] * z[i], + bias[c] * `biases`. Zero padding
// takes away any of the products.
Made weighted(const Tensor& weight, const Tensor& bias, const Arriving& z,
              bool is_padded, int64_t biases) {
  std::vector<int64_t> weights = weight.to_integers();
  std::vector<int64_t> offsets = bias.to_integers();
  auto channels = static_cast<size_t>(weight.size(0));
  size_t fan_in = channels == 0 ? 0 : weights.size() / channels;
  Made made;
  for (size_t c = 0; c < channels; ++c) {
    Interval value = bias_of(offsets, channels, c) * biases;
    Interval partial = with_zero(value);
    for (size_t i = c * fan_in; i < (c + 1) * fan_in; ++i) {
      Interval product = z.sum * weights[i];
      value = value + (is_padded ? with_zero(product) : product);
      partial = partial + with_zero(z.partial * weights[i]);
    }
    made.value = c == 0 ? value : hull(made.value, value);
    made.accumulator = hull(made.accumulator, partial);
  }
  made.accumulator = hull(made.accumulator, z.partial);
  return made;
}

bool any_above(const Shape& sizes, int64_t limit) {
  return std::any_of(sizes.begin(), sizes.end(),
                     [&](int64_t size) { return size > limit; });
}

Made scaled(const Scale& op, const Arriving& z, int64_t biases) {
  Interval weight = range_of(op.weight);
  Interval offset = range_of(op.offset) * biases;
  Interval product = hull(z.sum * weight.low, z.sum * weight.high);
  Interval partial = hull(z.partial * weight.low, z.partial * weight.high);
  return {product + offset,
          hull(with_zero(partial) + with_zero(offset), z.partial)};
}

Made pooled(const SumPool& op, const Arriving& z) {
  int64_t window = 1;
  for (int64_t size : op.kernel) window = saturating_multiply(window, size);
  Interval sum = z.sum * window;
  bool hangs_over = op.ceil_mode || any_above(op.padding, 0);
  return {hangs_over ? with_zero(sum) : sum, z.partial * window};
}

Made padded(const Pad& op, const Arriving& z, int64_t biases) {
  int64_t value = whole(op.value);
  Interval border = Interval{value, value} * biases;
  return {hull(z.sum, border), hull(z.partial, border)};
}

// ---- Neurons ---------------------------------------------------------------

// floor(|v| * decay / 4096) with the sign of v.
int64_t leaked(int64_t v, int64_t decay) {
  constexpr int64_t kOne = 4096;
  int64_t size = v < 0 ? -v : v;
  int64_t whole = saturating_multiply(size / kOne, decay);
  int64_t rest = saturating_multiply(size % kOne, decay) / kOne;
  int64_t result = saturating_add(whole, rest);
  return v < 0 ? -result : result;
}

// Somewhere between 0 and v * decay, for the largest decay.
Interval leaked(const Interval& v, const Tensor& decay) {
  if (decay.empty()) return v;
  int64_t most = range_of(decay).high;
  return with_zero({leaked(v.low, most), leaked(v.high, most)});
}

// More steps than this are not gone through one by one.
constexpr int64_t kMaxSteps = 1000000;

// The potential of one kind of neuron over time: `v` encloses it at one step,
// `all` at all of them so far.
class Membrane {
 public:
  Membrane(const Neuron& neuron, Tensor decay, int64_t most_spikes)
      : neuron_(neuron),
        decay_(std::move(decay)),
        most_spikes_(most_spikes),
        threshold_(range_of(neuron.threshold)) {
    if (neuron.initial == Initial::half) {
      v_ = {threshold_.low >> 1, threshold_.high >> 1};
    }
    all_ = v_;
  }

  Interval after(int64_t steps, const Interval& z) {
    for (int64_t step = 0; step < std::min(steps, kMaxSteps); ++step) {
      Interval before = v_;
      v_ = clamped(leaked(v_, decay_) + z);
      all_ = hull(all_, v_);
      v_ = fired();
      all_ = hull(all_, v_);
      if (v_ == before) return all_;
    }
    return steps > kMaxSteps ? clamped({-kUnbounded, kUnbounded}) : all_;
  }

 private:
  Interval clamped(const Interval& v) const {
    if (neuron_.membrane_bits <= 0 || neuron_.membrane_bits > 63) return v;
    int64_t most = (int64_t{1} << (neuron_.membrane_bits - 1)) - 1;
    return {std::clamp(v.low, -most, most), std::clamp(v.high, -most, most)};
  }

  // What v can be after firing. Without a spike it stays, below threshold; a
  // spike never takes it below 0 and leaves what goes beyond the most spikes;
  // a spike that is taken back lifts it to below threshold.
  Interval fired() const {
    int64_t strict = neuron_.strict ? 1 : 0;  // v = threshold may stay, too
    int64_t below = threshold_.high - 1 + strict;
    bool lifts = neuron_.is_signed && v_.low < 0;
    if (v_.high < threshold_.low + strict && !lifts) return v_;
    Interval v{std::min<int64_t>(v_.low, 0),
               lifts ? below : std::min(v_.high, below)};
    return hull(v, after_reset());
  }

  Interval after_reset() const {
    if (neuron_.reset == Reset::zero) return {0, 0};
    if (neuron_.reset == Reset::value) {
      int64_t value = whole(neuron_.reset_value);
      return {value, value};
    }
    int64_t taken = saturating_multiply(threshold_.low, most_spikes_);
    Interval left = Interval{0, v_.high} + Interval{0, -taken};
    return {0, std::max<int64_t>(left.high, 0)};
  }

  const Neuron& neuron_;
  Tensor decay_;
  int64_t most_spikes_;
  Interval threshold_;
  Interval v_;
  Interval all_;
};

int64_t largest_payload(const Neuron& neuron) {
  int64_t levels = std::clamp<int64_t>(neuron.levels, 1, 62);
  return (int64_t{1} << levels) - 1;
}

Tensor decay_of(const If&) { return {}; }

Tensor decay_of(const Lif& lif) { return lif.decay; }

Interval integrated(const Li& li, const Interval& z, int64_t steps) {
  Interval v;
  Interval all;
  for (int64_t step = 0; step < std::min(steps, kMaxSteps); ++step) {
    Interval before = v;
    v = leaked(v, li.decay) + z;
    all = step == 0 ? v : hull(all, v);
    if (v == before) return all;
  }
  return steps > kMaxSteps ? Interval{-kUnbounded, kUnbounded} : all;
}

// ---- The graph -------------------------------------------------------------

class WidthFinder {
 public:
  explicit WidthFinder(const Graph& graph)
      : graph_(graph),
        exact_(graph.run.schedule == Schedule::exact),
        steps_(graph.run.timesteps) {}

  std::vector<Width> find();

 private:
  bool update();
  void unbind_feedback();
  Width width_of(const Node& node) const;
  Arriving arriving(const Node& node) const;
  Interval read(const std::string& input) const;
  Made side_by_side(const Node& node) const;
  Made made(const Input& op) const;
  template <class Linear>
  Made made(const Linear& op, const Arriving& z) const;
  template <class Kind>
  void fire(const Kind& neuron, const Arriving& z, Width& width) const;
  void read_out(const Arriving& z, Width& width) const;

  // How often a bias counts, and a constant input, in one value.
  int64_t repeats() const { return exact_ ? steps_ : 1; }

  const Graph& graph_;
  bool exact_;
  int64_t steps_;
  std::map<std::string, Interval> values_;
  std::vector<Width> widths_;
};

// Values that are fed back grow from step to step; pass t encloses the first
// t steps.
std::vector<Width> WidthFinder::find() {
  constexpr int64_t kMaxPasses = 64;
  int64_t passes = std::min(std::max<int64_t>(steps_, 1), kMaxPasses);
  bool changed = update();
  for (int64_t pass = 1; changed && pass < passes; ++pass) changed = update();
  if (changed && steps_ > kMaxPasses) unbind_feedback();
  return std::move(widths_);
}

// Goes through all nodes; says whether a value has grown that is fed back.
bool WidthFinder::update() {
  std::map<std::string, Interval> before = values_;
  widths_.clear();
  for (const Node& node : graph_.nodes) {
    widths_.push_back(width_of(node));
    values_[node.name] = widths_.back().value;
  }
  bool feeds_back = false;
  for (const Node& node : graph_.nodes) {
    feeds_back |=
        std::any_of(node.inputs.begin(), node.inputs.end(), is_feedback);
  }
  return feeds_back && values_ != before;
}

void WidthFinder::unbind_feedback() {
  for (auto& [name, value] : values_) value = {-kUnbounded, kUnbounded};
  update();
}

Width WidthFinder::width_of(const Node& node) const {
  Width width;
  width.node = node.name;
  Arriving z = arriving(node);
  auto take = [&](const Made& made) {
    width.value = made.value;
    width.accumulator = made.accumulator;
  };
  try {
    std::visit(Overload{[&](const Input& op) { take(made(op)); },
                        [&](const Output&) { read_out(z, width); },
                        [&](const Concat&) { take(side_by_side(node)); },
                        [&](const If& op) { fire(op, z, width); },
                        [&](const Lif& op) { fire(op, z, width); },
                        [&](const auto& op) { take(made(op, z)); }},
               node.op);
  } catch (const Error& error) {
    throw error.in("node '" + node.name + "'");
  }
  width.accumulator_bits = bits_for(width.accumulator);
  return width;
}

Arriving WidthFinder::arriving(const Node& node) const {
  Arriving z;
  for (const std::string& input : node.inputs) {
    Interval value = read(input);
    z.sum = z.sum + value;
    z.partial = z.partial + with_zero(value);
  }
  return z;
}

// What is fed back is 0 at the first step.
Interval WidthFinder::read(const std::string& input) const {
  auto found = values_.find(source_of(input));
  Interval value = found == values_.end() ? Interval{} : found->second;
  return is_feedback(input) ? with_zero(value) : value;
}

Made WidthFinder::side_by_side(const Node& node) const {
  Interval all = read(node.inputs.at(0));
  for (const std::string& input : node.inputs) all = hull(all, read(input));
  return {all, with_zero(all)};
}

// Encodings other than direct leave steps without a value.
Made WidthFinder::made(const Input& op) const {
  Interval value{op.low, op.high};
  if (graph_.run.encoding != Encoding::direct) value = with_zero(value);
  value = value * repeats();
  return {value, with_zero(value)};
}

template <class Linear>
Made WidthFinder::made(const Linear& op, const Arriving& z) const {
  if constexpr (std::is_same_v<Linear, Affine>) {
    return weighted(op.weight, op.bias, z, false, repeats());
  } else if constexpr (IsConvolution<Linear>) {
    bool is_padded = any_above(op.padding, 0);
    return weighted(op.weight, op.bias, z, is_padded, repeats());
  } else if constexpr (std::is_same_v<Linear, Scale>) {
    return scaled(op, z, repeats());
  } else if constexpr (std::is_same_v<Linear, SumPool>) {
    return pooled(op, z);
  } else if constexpr (std::is_same_v<Linear, Pad>) {
    return padded(op, z, repeats());
  } else if constexpr (std::is_same_v<Linear, Li>) {
    Interval value = integrated(op, z.sum, steps_);
    return {value, hull(with_zero(value), z.partial)};
  } else if constexpr (std::is_same_v<Linear, Delay>) {
    return {with_zero(z.sum), z.partial};
  } else if constexpr (std::is_same_v<Linear, Relu>) {
    Interval value{std::max<int64_t>(z.sum.low, 0),
                   std::max<int64_t>(z.sum.high, 0)};
    return {value, z.partial};
  } else if constexpr (std::is_same_v<Linear, MaxPool> ||
                       std::is_same_v<Linear, Flatten> ||
                       std::is_same_v<Linear, Reshape> ||
                       std::is_same_v<Linear, Permute> ||
                       std::is_same_v<Linear, Slice>) {
    return unchanged(z);
  } else {
    throw Error(std::string(Linear::kind) + " has no integer result");
  }
}

// Under the exact schedule a neuron sees the sum of all steps at once.
template <class Kind>
void WidthFinder::fire(const Kind& neuron, const Arriving& z,
                       Width& width) const {
  int64_t most = saturating_multiply(largest_payload(neuron), repeats());
  width.value = {neuron.is_signed && !exact_ ? -1 : 0, most};
  width.accumulator = z.partial;
  Neuron plain = neuron;
  if (exact_) plain.membrane_bits = 0;
  if (exact_) plain.is_signed = false;
  Membrane membrane(plain, decay_of(neuron), most);
  width.membrane = membrane.after(exact_ ? 1 : steps_, z.sum);
  width.membrane_bits = bits_for(width.membrane);
}

void WidthFinder::read_out(const Arriving& z, Width& width) const {
  width.value = z.sum;
  width.accumulator = z.partial;
  bool adds_up = !exact_ && graph_.run.readout != Readout::membrane;
  width.membrane = with_zero(z.sum) * (adds_up ? steps_ : 1);
  width.membrane_bits = bits_for(width.membrane);
}

}  // namespace

int bits_for(const Interval& interval) {
  auto magnitude = [](int64_t value) {
    return static_cast<uint64_t>(value < 0 ? ~value : value);
  };
  return 1 +
         std::max(static_cast<int>(std::bit_width(magnitude(interval.low))),
                  static_cast<int>(std::bit_width(magnitude(interval.high))));
}

std::vector<Width> widths(const Graph& graph) {
  require_quantized(graph);
  return WidthFinder(graph).find();
}

}  // namespace nc
