#include "backends/loihi/populations.h"

#include <algorithm>
#include <cmath>

#include "backends/loihi/encode.h"
#include "backends/loihi/fixed_point.h"
#include "backends/loihi/layout.h"
#include "ir/error.h"
#include "runtime/neuron.h"

namespace nc::loihi {
namespace {

using Integers = std::vector<int64_t>;

template <class Number>
std::vector<Number> as_numbers(const Integers& values, int64_t factor = 1) {
  std::vector<Number> numbers;
  numbers.reserve(values.size());
  for (int64_t value : values) {
    numbers.push_back(static_cast<Number>(value * factor));
  }
  return numbers;
}

void require_range(const char* what, int64_t least, int64_t most,
                   const Integers& found) {
  for (int64_t value : found) {
    if (value >= least && value <= most) continue;
    throw Error(std::string("expected ") + what + " from " +
                std::to_string(least) + " to " + std::to_string(most) +
                ", found " + std::to_string(value));
  }
}

Integers thresholds_of(const Neuron& neuron, const Shape& shape) {
  if (neuron.strict) {
    throw Error(
        "expected neurons that fire at v >= threshold, found strict=true");
  }
  Integers thresholds = per_neuron(neuron.threshold, shape);
  require_range("thresholds", 1, kMostThreshold, thresholds);
  return thresholds;
}

Integers initial_of(const Neuron& neuron, const Integers& thresholds) {
  Integers initial;
  for (int64_t threshold : thresholds) {
    initial.push_back(initial_membrane(neuron, threshold));
  }
  return initial;
}

// A decay of d / 4096 as the chip's dv = 4096 - d, which ends at 4095.
Integers dv_of(const Tensor& decay, const Shape& shape) {
  Integers dv = per_neuron(decay, shape);
  require_range("decays", 1, int64_t{1} << kDecayBits, dv);
  for (int64_t& each : dv) each = (int64_t{1} << kDecayBits) - each;
  bool leaks = std::any_of(dv.begin(), dv.end(), [](int64_t d) { return d; });
  return leaks ? dv : Integers{};
}

Firing firing_of(const Neuron& neuron) {
  if (neuron.reset != Reset::subtract) return Firing::hard;
  if (neuron.levels > 1) return Firing::graded;
  return neuron.is_signed ? Firing::take_back : Firing::subtract;
}

int64_t reset_of(const Neuron& neuron) {
  if (neuron.reset != Reset::value) return 0;
  if (std::trunc(neuron.reset_value) != neuron.reset_value) {
    throw Error("expected a whole reset_value, found " +
                std::to_string(neuron.reset_value));
  }
  if (std::abs(neuron.reset_value) > static_cast<double>(kMostMembrane)) {
    throw Error("expected a reset_value of 18 bits, found " +
                std::to_string(neuron.reset_value));
  }
  return static_cast<int64_t>(neuron.reset_value);
}

// The graph's own limit where it is the tighter one.
int64_t membrane_limit(const Neuron& neuron) {
  if (neuron.membrane_bits == 0) return kMostMembrane;
  int64_t own = (int64_t{1} << (neuron.membrane_bits - 1)) - 1;
  return std::min(own, kMostMembrane);
}

bool chip_is_tighter(const Neuron& neuron) {
  return neuron.membrane_bits == 0 || neuron.membrane_bits > 18;
}

template <class Number>
void set_axons(Population<Number>& population, const Biases& biases) {
  population.axons.resize(population.size(), 0);
  for (size_t i = 0; i < population.size(); ++i) {
    population.axons[i] = static_cast<Number>(biases.current(i));
  }
}

template <class Number>
Microcode<Number> microcode(const Neuron& neuron, Integers dv,
                            const Shape& shape, const Biases& biases) {
  constexpr int64_t kUnit = int64_t{1} << kUnitShift;
  Microcode<Number> code;
  Integers thresholds = thresholds_of(neuron, shape);
  code.firing = firing_of(neuron);
  code.threshold = as_numbers<Number>(thresholds, kUnit);
  code.initial = as_numbers<Number>(initial_of(neuron, thresholds), kUnit);
  for (size_t i = 0; i < thresholds.size(); ++i) {
    code.bias.push_back(static_cast<Number>(biases.own(i)));
  }
  code.dv = std::move(dv);
  code.limit = static_cast<Number>(membrane_limit(neuron) * kUnit);
  code.reset = static_cast<Number>(reset_of(neuron) * kUnit);
  code.most = static_cast<Number>((int64_t{1} << neuron.levels) - 1);
  return code;
}

template <class Number>
Window<Number> window(const Neuron& neuron, const Shape& shape, int64_t steps) {
  if (neuron.reset != Reset::subtract) {
    throw Error("schedule=exact: expected reset=subtract, found " +
                name_of(neuron.reset));
  }
  Integers thresholds = thresholds_of(neuron, shape);
  int64_t most = steps * ((int64_t{1} << neuron.levels) - 1);
  return {as_numbers<Number>(thresholds),
          as_numbers<Number>(initial_of(neuron, thresholds)),
          static_cast<Number>(std::min(most, kMostPayload))};
}

template <class Number>
void set_spiking(Population<Number>& population, const Graph& graph,
                 const Neuron& neuron, Integers dv, const Shape& shape,
                 const Integers& biases) {
  if (graph.run.schedule == Schedule::exact) {
    if (!dv.empty()) throw Error("schedule=exact: expected no leak");
    set_axons(population, encode_biases(biases, BiasField::none));
    population.dynamics = window<Number>(neuron, shape, graph.run.timesteps);
    return;
  }
  Biases encoded = encode_biases(biases, BiasField::chip_units);
  set_axons(population, encoded);
  population.limited = chip_is_tighter(neuron);
  population.dynamics =
      microcode<Number>(neuron, std::move(dv), shape, encoded);
}

}  // namespace

template <class Number>
void set_dynamics(Population<Number>& population, const Graph& graph,
                  const Shape& shape, const Integers& biases) {
  std::visit(
      Overload{
          [&](const Input&) { population.dynamics = InputSource{}; },
          [&](const If& op) {
            set_spiking(population, graph, op, {}, shape, biases);
          },
          [&](const Lif& op) {
            set_spiking(population, graph, op, dv_of(op.decay, shape), shape,
                        biases);
          },
          [&](const Li& op) {
            if (graph.run.schedule == Schedule::exact) {
              throw Error("schedule=exact: expected neurons, found li");
            }
            Integers dv = dv_of(op.decay, shape);
            // Without a leak it still keeps what it has.
            if (dv.empty()) dv.assign(population.size(), 0);
            population.dynamics = Relay<Number>{dv};
            set_axons(population, encode_biases(biases, BiasField::none));
          },
          [&](const Output&) {
            population.dynamics = HostReadout{};
            set_axons(population, encode_biases(biases, BiasField::none));
          },
          [&](const auto&) {
            population.dynamics = Relay<Number>{};
            set_axons(population, encode_biases(biases, BiasField::none));
          },
      },
      graph.nodes[population.node].op);
}

template void set_dynamics(Population<int32_t>&, const Graph&, const Shape&,
                           const Integers&);
template void set_dynamics(Population<int64_t>&, const Graph&, const Shape&,
                           const Integers&);

}  // namespace nc::loihi
