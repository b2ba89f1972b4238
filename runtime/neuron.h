// One neuron, one step: the rules in the comment of nc::Neuron (ir/ops.h).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "ir/ops.h"

namespace nc {

// What a neuron remembers between steps.
template <class Number>
struct NeuronState {
  Number membrane = 0;
  int64_t net_count = 0;  // spikes emitted minus spikes taken back
};

template <class Number>
Number initial_membrane(const Neuron& neuron, Number threshold) {
  if (neuron.initial == Initial::zero) return 0;
  if constexpr (std::is_same_v<Number, int64_t>) return threshold >> 1;
  return threshold / 2;
}

// Leak: v * decay; integers decay by decay / 4096 towards zero.
template <class Number>
Number leaked(Number v, Number decay) {
  if constexpr (std::is_same_v<Number, int64_t>) {
    int64_t size = (std::abs(v) * decay) >> 12;
    return v < 0 ? -size : size;
  }
  return v * decay;
}

template <class Number>
Number clamped(const Neuron& neuron, Number v) {
  if (neuron.membrane_bits == 0) return v;
  Number most =
      static_cast<Number>((int64_t{1} << (neuron.membrane_bits - 1)) - 1);
  return std::clamp(v, -most, most);
}

// The payload for membrane v: 0 or 1, -1, or a level.
template <class Number>
int64_t payload(const Neuron& neuron, Number threshold,
                const NeuronState<Number>& state) {
  Number v = state.membrane;
  if (neuron.strict ? v > threshold : v >= threshold) {
    if (neuron.levels == 1) return 1;
    int64_t most = (int64_t{1} << neuron.levels) - 1;
    return static_cast<int64_t>(
        std::min(std::floor(static_cast<double>(v / threshold)),
                 static_cast<double>(most)));
  }
  return neuron.is_signed && v < 0 && state.net_count > 0 ? -1 : 0;
}

// Adds z to the (already leaked) membrane, fires and resets.
template <class Number>
int64_t fire(const Neuron& neuron, Number threshold, Number z,
             NeuronState<Number>& state) {
  state.membrane = clamped(neuron, static_cast<Number>(state.membrane + z));
  int64_t spike = payload(neuron, threshold, state);
  if (spike == 0) return 0;
  state.net_count += spike;
  switch (neuron.reset) {
    case Reset::subtract:
      state.membrane -= threshold * static_cast<Number>(spike);
      break;
    case Reset::zero:
      state.membrane = 0;
      break;
    case Reset::value:
      state.membrane = static_cast<Number>(neuron.reset_value);
      break;
  }
  return spike;
}

// The exact schedule: the count of spikes for the sum of all T currents,
// clip(floor((sum + v(0)) / threshold), 0, T * largest payload), which for
// v(0) = threshold / 2 is QCFS with L = T levels.
template <class Number>
int64_t exact_count(const Neuron& neuron, Number threshold, Number sum,
                    int64_t timesteps) {
  int64_t most = timesteps * ((int64_t{1} << neuron.levels) - 1);
  Number v = sum + initial_membrane(neuron, threshold);
  if (v < threshold) return 0;
  if constexpr (std::is_same_v<Number, int64_t>) {
    return std::min(v / threshold, most);
  }
  return static_cast<int64_t>(
      std::min(std::floor(static_cast<double>(v / threshold)),
               static_cast<double>(most)));
}

}  // namespace nc
