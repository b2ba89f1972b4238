#include <algorithm>
#include <cmath>

#include "ir/text.h"
#include "passes/frontend/nir/chain.h"
#include "passes/frontend/refusal.h"

namespace nc::frontend::nir {
namespace {

using Doubles = std::vector<double>;

// As the IR holds them.
bool all(const Doubles& values, float value) {
  return std::all_of(values.begin(), values.end(), [&](double each) {
    return static_cast<float>(each) == value;
  });
}

// One step of tau x' = rest - x + drive: x = decay x + gain drive, and what a
// resting value of 1 adds, `pull`.
struct Leak {
  Doubles decay;
  Doubles gain;
  Doubles pull;
};

class NeuronConverter {
 public:
  NeuronConverter(Fields& fields, const Shape& in, const Settings& settings)
      : fields_(fields), in_(in), settings_(settings), shape_(joint_shape()) {}

  Chain convert() {
    const std::string& type = fields_.node().type;
    if (type == "Threshold") {
      add_threshold();
    } else if (type == "Delay") {
      add_delay();
    } else if (type == "I" || type == "IF") {
      drive(gain_per_step(), {}, "gain");
      type == "I" ? integrate(all_of(1)) : fire({});
    } else if (type == "LI" || type == "LIF") {
      Leak leak = leak_of("tau");
      drive(product(leak.gain, values("r")), resting(leak), "gain");
      type == "LI" ? integrate(leak.decay) : fire(leak.decay);
    } else {
      add_current_based(type == "CubaLIF");
    }
    return std::move(chain_);
  }

 private:
  // That of all parameters together: what they are computed in.
  Shape joint_shape() const {
    constexpr int64_t kMostTogether = int64_t{1} << 24;
    Shape joint;
    int64_t largest = 1;
    for (const auto& [name, value] : fields_.node().fields) {
      const Shape& each = value.shape;
      if (!fits(each, in_)) {
        fields_.fail("'" + name + "': expected shape " + to_string(in_) +
                     " or one that can be broadcast to it, found " +
                     to_string(each));
      }
      if (element_count(each) == 1) continue;
      if (each.size() > joint.size()) {
        joint.insert(joint.begin(), each.size() - joint.size(), 1);
      }
      size_t added = joint.size() - each.size();
      for (size_t axis = 0; axis < each.size(); ++axis) {
        joint[axis + added] = std::max(joint[axis + added], each[axis]);
      }
      largest = std::max(largest, element_count(each));
    }
    if (element_count(joint) > std::max(largest, kMostTogether)) {
      fields_.fail("expected parameters of shape " + to_string(in_));
    }
    return joint;
  }

  Doubles values(const std::string& name) {
    return fields_.spread(name, shape_);
  }

  // The same for all parameters.
  Doubles all_of(double value) const {
    return Doubles(static_cast<size_t>(element_count(shape_)), value);
  }

  Tensor tensor(const Doubles& values) const {
    return compact(values, shape_, in_);
  }

  static Doubles product(Doubles a, const Doubles& b) {
    for (size_t i = 0; i < a.size(); ++i) a[i] *= b[i];
    return a;
  }

  // r as the gain of a neuron without a time constant. SpikingJelly writes
  // 1 / dt where others write 1.
  Doubles gain_per_step() {
    constexpr double kClose = 1e-6;
    Doubles r = values("r");
    bool is_rate = std::all_of(r.begin(), r.end(), [&](double each) {
      return std::abs(each * settings_.dt - 1) < kClose;
    });
    return is_rate ? Doubles(r.size(), 1) : r;
  }

  Leak leak_of(const std::string& name) {
    Leak leak;
    for (double tau : values(name)) {
      if (!(tau > 0)) {
        fields_.fail("expected every '" + name + "' above 0, found " +
                     number_text(tau));
      }
      double k = settings_.dt / tau;
      bool euler = settings_.discretisation == Discretisation::euler;
      if (euler && k > 1) {
        throw Refusal{
            name + " = " + number_text(tau) +
            " is shorter than a step of dt = " + number_text(settings_.dt) +
            ": give --dt, or --discretisation exponential"};
      }
      leak.decay.push_back(euler ? 1 - k : std::exp(-k));
      leak.gain.push_back(k);
      leak.pull.push_back(euler ? k : -std::expm1(-k));
    }
    chain_.approximation =
        "its equation in steps of dt = " + number_text(settings_.dt) + " (" +
        name_of(settings_.discretisation) + ")";
    return leak;
  }

  Doubles resting(const Leak& leak) {
    return product(leak.pull, values("v_leak"));
  }

  // What is added to the membrane: gain * input + offset.
  void drive(const Doubles& gain, const Doubles& offset,
             const std::string& suffix) {
    bool shifts = !offset.empty() && !all(offset, 0);
    if (all(gain, 1) && !shifts) return;
    Scale scale{tensor(gain), {}};
    if (shifts) scale.offset = tensor(offset);
    chain_.pieces.push_back({suffix, scale});
  }

  void integrate(const Doubles& decay, const std::string& suffix = "") {
    chain_.pieces.push_back({suffix, Li{tensor(decay)}});
  }

  void add_current_based(bool fires) {
    Leak synapse = leak_of("tau_syn");
    Leak membrane = leak_of("tau_mem");
    Doubles in = fields_.has("w_in") ? product(synapse.gain, values("w_in"))
                                     : synapse.gain;
    Doubles out = product(membrane.gain, values("r"));
    Doubles offset = resting(membrane);
    if (all(synapse.decay, 0)) {  // the current is the input
      drive(product(in, out), offset, "gain");
    } else {
      drive(in, {}, "w_in");
      integrate(synapse.decay, "current");
      drive(out, offset, "gain");
    }
    fires ? fire(membrane.decay) : integrate(membrane.decay);
  }

  // An IF neuron where nothing leaks.
  void fire(const Doubles& decay) {
    Neuron neuron;
    neuron.strict = true;
    neuron.initial = Initial::zero;
    neuron.threshold = tensor(values("v_threshold"));
    set_reset(neuron);
    require_threshold(neuron);
    if (decay.empty() || all(decay, 1)) {
      chain_.pieces.push_back({"", If{neuron}});
    } else {
      chain_.pieces.push_back({"", Lif{neuron, tensor(decay)}});
    }
  }

  void set_reset(Neuron& neuron) {
    bool has_value = fields_.has("v_reset");
    Doubles value = has_value ? values("v_reset") : Doubles{};
    if (settings_.reset == NirReset::zero) {
      neuron.reset = Reset::zero;
    } else if (settings_.reset == NirReset::subtract || !has_value) {
      neuron.reset = Reset::subtract;
    } else if (std::equal(value.begin() + 1, value.end(), value.begin())) {
      neuron.reset = value.front() == 0 ? Reset::zero : Reset::value;
      neuron.reset_value = value.front();
    } else {
      throw Refusal{"v_reset differs from neuron to neuron"};
    }
  }

  static void require_threshold(const Neuron& neuron) {
    if (neuron.reset != Reset::subtract) return;
    for (double each : neuron.threshold.to_doubles()) {
      if (each > 0) continue;
      throw Refusal{"reset by subtraction of a threshold of " +
                    number_text(each)};
    }
  }

  // A neuron that forgets everything at each step.
  void add_threshold() {
    Neuron neuron;
    neuron.strict = true;
    neuron.initial = Initial::zero;
    neuron.reset = Reset::zero;
    neuron.threshold = tensor(values("threshold"));
    chain_.pieces.push_back({"", Lif{neuron, tensor(all_of(0))}});
  }

  void add_delay() {
    constexpr double kWhole = 1e-4;
    constexpr double kMost = 1e6;
    Doubles steps = values("delay");
    double most = 0;
    for (double& each : steps) {
      double exact = each / settings_.dt;
      if (!(exact >= 0 && exact <= kMost)) {
        fields_.fail("expected delays of 0 to 10^6 steps of dt = " +
                     number_text(settings_.dt) + ", found " +
                     number_text(each));
      }
      each = std::round(exact);
      most = std::max(most, std::abs(each - exact));
    }
    if (most > kWhole) {
      chain_.approximation =
          "delays are rounded to steps of dt = " + number_text(settings_.dt) +
          ", by up to " + number_text(most * settings_.dt);
    }
    Tensor whole = tensor(steps);
    chain_.pieces.push_back(
        {"", Delay{integer_tensor(whole.shape(), whole.to_integers())}});
  }

  Fields& fields_;
  const Shape& in_;
  const Settings& settings_;
  Shape shape_;
  Chain chain_;
};

}  // namespace

bool is_neuron(const std::string& type) {
  static const std::set<std::string> kTypes = {
      "Threshold", "I", "IF", "LI", "LIF", "CubaLI", "CubaLIF", "Delay"};
  return kTypes.contains(type);
}

bool has_memory(const std::string& type) { return is_neuron(type); }

Chain convert_neuron(Fields& fields, const Shape& in,
                     const Settings& settings) {
  return NeuronConverter(fields, in, settings).convert();
}

}  // namespace nc::frontend::nir
