#include "backends/nir/neurons.h"

#include <algorithm>
#include <cmath>

#include "backends/nir/loops.h"
#include "ir/error.h"
#include "ir/shapes.h"

namespace nc::nir {
namespace {

// In a neuron v += (x r - v) / tau this makes v += x, exactly: a power of two
// far beyond the digits of v.
constexpr double kNoLeak = 0x1p100;
constexpr double kDecayUnit = 4096;

const Tensor* decay_of(const Op& op) {
  if (const auto* lif = std::get_if<Lif>(&op)) return &lif->decay;
  if (const auto* li = std::get_if<Li>(&op)) return &li->decay;
  return nullptr;
}

Group metadata_of(const Node& node) {
  Group group;
  group.set("kind", kind_of(node.op));
  if (const Neuron* neuron = as_neuron(node.op)) {
    group.set("threshold", neuron->threshold);
    group.set("compare", std::string(neuron->strict ? ">" : ">="));
    group.set("reset", name_of(neuron->reset));
    group.set("reset_value", neuron->reset_value);
    group.set("initial", name_of(neuron->initial));
    group.set("signed", int64_t{neuron->is_signed});
    group.set("levels", neuron->levels);
    group.set("membrane_bits", neuron->membrane_bits);
  }
  if (const Tensor* decay = decay_of(node.op)) group.set("decay", *decay);
  return group;
}

// tau = r = 1 / (1 - decay), with which a step of 1 makes v = decay v + x.
Array time_constants(const Tensor& decay, const Shape& shape) {
  double unit = decay.is_integer() ? kDecayUnit : 1;
  Array tau{shape, per_neuron(decay, shape)};
  for (double& value : tau.values) {
    value = value == unit ? kNoLeak : unit / (unit - value);
  }
  return tau;
}

bool leaks(const Op& op) {
  const Tensor* decay = decay_of(op);
  if (!decay) return false;
  double unit = decay->is_integer() ? kDecayUnit : 1;
  std::vector<double> values = decay->to_doubles();
  return std::any_of(values.begin(), values.end(),
                     [&](double each) { return each != unit; });
}

void require(bool good, const std::string& what) {
  if (!good) throw Error(what);
}

bool is_uniform(const Tensor& tensor) {
  std::vector<double> values = tensor.to_doubles();
  return std::all_of(values.begin(), values.end(),
                     [&](double each) { return each == values.front(); });
}

void check_levels(const Neuron& neuron, const NeuronForm& form) {
  constexpr int64_t kMostThresholds = 4;  // 2^4 - 1 nodes
  Profile profile = form.profile;
  bool counts = profile == Profile::generic || profile == Profile::sinabs ||
                (profile == Profile::exact && neuron.levels <= kMostThresholds);
  require(neuron.levels == 1 || counts,
          "levels=" + std::to_string(neuron.levels) +
              ": this profile has neurons of one spike a step");
  require(neuron.levels == 1 || !neuron.strict || profile == Profile::generic,
          "levels with strict are written by the profile generic only");
}

void check_neuron(const Node& node, const NeuronForm& form) {
  if (form.profile == Profile::generic) return;
  const Neuron* neuron = as_neuron(node.op);
  bool exact = form.profile == Profile::exact;
  require(neuron || (exact && !leaks(node.op)),
          "a leaky integrator is not read by this profile");
  if (!neuron) return;
  require(!exact || form.integers,
          "the profile exact writes integers (nc-spike --bits 8)");
  require(!leaks(node.op), "a leak is written by the profile generic only");
  require(!neuron->is_signed || exact,
          "signed spikes are written by the profiles generic and exact only "
          "(nc-spike --neuron if)");
  require(neuron->membrane_bits == 0 || !form.saturates,
          "its membrane can reach the limit of membrane_bits=" +
              std::to_string(neuron->membrane_bits) +
              ", which the profile generic alone tells (nc-spike without "
              "--limits)");
  bool knows_zero_only =
      form.profile == Profile::snntorch || form.profile == Profile::sinabs;
  require(!knows_zero_only || neuron->reset != Reset::value ||
              neuron->reset_value == 0,
          name_of(form.profile) + " resets by subtraction or to 0");
  require(form.profile != Profile::spikingjelly ||
              neuron->reset == Reset::subtract || is_uniform(neuron->threshold),
          "spikingjelly resets to a value where a layer has one threshold");
  check_levels(*neuron, form);
}

void set_reset(Group& fields, const Neuron& neuron, const Shape& shape) {
  if (neuron.reset == Reset::subtract) return;
  double value = neuron.reset == Reset::value ? neuron.reset_value : 0;
  fields.set("v_reset", filled(shape, value));
}

// tau_syn and w_in of 1 hand the input on; norse knows subtraction for this
// primitive alone.
void set_cuba_fields(Group& fields, const Shape& shape) {
  fields.set("tau_syn", filled(shape, 1));
  fields.set("tau_mem", filled(shape, kNoLeak));
  fields.set("r", filled(shape, kNoLeak));
  fields.set("v_leak", filled(shape, 0));
  fields.set("w_in", filled(shape, 1));
}

void set_leak_fields(Group& fields, Array tau, const Shape& shape) {
  fields.set("tau", tau);
  fields.set("r", std::move(tau));
  fields.set("v_leak", filled(shape, 0));
}

Primitive primitive_of(const Node& node, const Shape& shape, Profile profile) {
  Primitive made{"IF", {}, shape};
  const Tensor* decay = decay_of(node.op);
  const Neuron* neuron = as_neuron(node.op);
  if (profile == Profile::norse) {
    made.type = "CubaLIF";
    set_cuba_fields(made.fields, shape);
  } else if (decay) {
    made.type = neuron ? "LIF" : "LI";
    set_leak_fields(made.fields, time_constants(*decay, shape), shape);
  } else {
    made.fields.set("r", filled(shape, 1));
  }
  if (!neuron) return made;
  made.fields.set("v_threshold",
                  Array{shape, per_neuron(neuron->threshold, shape)});
  set_reset(made.fields, *neuron, shape);
  return made;
}

}  // namespace

std::vector<double> per_neuron(const Tensor& tensor, const Shape& shape) {
  auto group = static_cast<size_t>(group_size(tensor, shape));
  std::vector<double> values = tensor.to_doubles();
  std::vector<double> spread(static_cast<size_t>(element_count(shape)));
  for (size_t i = 0; i < spread.size(); ++i) spread[i] = values[i / group];
  return spread;
}

std::vector<double> start(const Neuron& neuron, const Shape& shape,
                          bool integers) {
  std::vector<double> values = per_neuron(neuron.threshold, shape);
  for (double& value : values) {
    value = neuron.initial == Initial::zero ? 0 : value / 2;
    if (integers) value = std::floor(value);
  }
  return values;
}

AddedNeuron add_neuron(Builder& builder, const Node& node, const Shape& shape,
                       const Sources& sources, const NeuronForm& form) {
  check_neuron(node, form);
  if (form.profile == Profile::exact) {
    return add_loop(builder, node, shape, sources, metadata_of(node));
  }
  size_t added =
      builder.add({node.name, "", primitive_of(node, shape, form.profile),
                   metadata_of(node), &node},
                  sources);
  return {added, {added}};
}

}  // namespace nc::nir
