#include "backends/nir/loops.h"

namespace nc::nir {
namespace {

// Writes one neuron's nodes.
class Loop {
 public:
  Loop(Builder& builder, const Node& node, const Shape& shape)
      : builder_(builder), node_(node), shape_(shape) {}

  AddedNeuron integrator(const Sources& sources, Group metadata) {
    size_t membrane = membrane_of(sources, std::move(metadata));
    return {membrane, {membrane}};
  }

  AddedNeuron resetting(const Neuron& neuron, const Sources& sources,
                        Group metadata) {
    double value = neuron.reset == Reset::value ? neuron.reset_value : 0;
    Primitive made{"IF", {}, shape_};
    made.fields.set("r", filled(shape_, 1));
    made.fields.set("v_threshold", threshold(neuron, 1));
    Array reset{shape_, start(neuron, shape_, true)};
    for (double& each : reset.values) each = value - each;
    made.fields.set("v_reset", std::move(reset));
    size_t added = builder_.add(
        {node_.name, "", std::move(made), std::move(metadata), &node_},
        sources);
    return {added, {added}};
  }

  AddedNeuron subtracting(const Neuron& neuron, const Sources& sources,
                          Group metadata) {
    size_t membrane = membrane_of(sources, std::move(metadata));
    Sources parts;
    bool alone = neuron.levels == 1 && !neuron.is_signed;
    for (int64_t k = 1; k < int64_t{1} << neuron.levels; ++k) {
      parts.push_back(add(alone ? "spikes" : "threshold", "Threshold",
                          "threshold", threshold(neuron, k), {membrane}));
    }
    size_t count = 0;
    if (neuron.is_signed) {
      count = add("count", "I", "r", filled(shape_, 1), {});
      parts.push_back(taken_back(neuron, membrane, count));
    }
    size_t spikes =
        alone ? parts.front()
              : add("spikes", "Scale", "scale", filled(shape_, 1), parts);
    if (neuron.is_signed) builder_.feed_back(spikes, count);
    Array theta{shape_, per_neuron(neuron.threshold, shape_)};
    for (double& each : theta.values) each = -each;
    size_t reset = add("reset", "Scale", "scale", std::move(theta), {spikes});
    builder_.feed_back(reset, membrane);
    return {membrane, {spikes}};
  }

 private:
  size_t add(const std::string& role, const std::string& type,
             const std::string& field, Array values, const Sources& sources,
             Group metadata = {}) {
    Primitive made{type, {}, shape_};
    made.fields.set(field, std::move(values));
    std::string label = node_.name + "_" + role;
    return builder_.add(
        {label, role, std::move(made), std::move(metadata), &node_}, sources);
  }

  size_t membrane_of(const Sources& sources, Group metadata) {
    return add("membrane", "I", "r", filled(shape_, 1), sources,
               std::move(metadata));
  }

  // Beyond which there are k spikes.
  Array threshold(const Neuron& neuron, int64_t k) const {
    Array values{shape_, per_neuron(neuron.threshold, shape_)};
    std::vector<double> zero = start(neuron, shape_, true);
    double half = neuron.strict ? 0 : 0.5;
    for (size_t i = 0; i < zero.size(); ++i) {
      values.values[i] =
          values.values[i] * static_cast<double>(k) - zero[i] - half;
    }
    return values;
  }

  size_t taken_back(const Neuron& neuron, size_t membrane, size_t count) {
    size_t negated =
        add("negated", "Scale", "scale", filled(shape_, -1), {membrane});
    size_t below = add("below", "Threshold", "threshold",
                       {shape_, start(neuron, shape_, true)}, {negated});
    size_t some =
        add("some", "Threshold", "threshold", filled(shape_, 0.5), {count});
    size_t both = add("both", "Threshold", "threshold", filled(shape_, 1.5),
                      {below, some});
    return add("minus", "Scale", "scale", filled(shape_, -1), {both});
  }

  Builder& builder_;
  const Node& node_;
  const Shape& shape_;
};

}  // namespace

AddedNeuron add_loop(Builder& builder, const Node& node, const Shape& shape,
                     const Sources& sources, Group metadata) {
  Loop loop(builder, node, shape);
  const Neuron* neuron = as_neuron(node.op);
  if (!neuron) return loop.integrator(sources, std::move(metadata));
  if (neuron->reset != Reset::subtract) {
    return loop.resetting(*neuron, sources, std::move(metadata));
  }
  return loop.subtracting(*neuron, sources, std::move(metadata));
}

}  // namespace nc::nir
