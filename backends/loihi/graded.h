// Populations that send whole numbers (graded spikes) in weight units: 24 bits
// with sign, not shifted by 6. `current` holds a_in and is overwritten with
// the payloads; the bias comes in through a_in (bias axons, encode.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "backends/loihi/microcode.h"

namespace nc::loihi {

// Lava's GradedVec with vth = 0: v = a_in, sent as it is, v = 0. It carries a
// current from one weighted layer to the next one or to the host.
// With `dv` (not in Lava) it keeps v = decay(v, dv) + a_in and sends it every
// step: a leaky integrator without spikes.
template <class Number>
struct Relay {
  std::vector<int64_t> dv;  // empty: nothing is kept

  Overflow step(std::vector<Number>& v, std::vector<Number>& current) const;
};

// The exact schedule's neuron: the currents of a whole window arrive at once,
//   v = clamp(a_in + initial, +-(2^23 - 1))
//   n = clip(floor(v / threshold), 0, most);  v -= threshold * n
// and n, the count of spikes in the window, is sent as one graded spike.
template <class Number>
struct Window {
  std::vector<Number> threshold;
  std::vector<Number> initial;
  Number most = 0;

  Overflow step(std::vector<Number>& v, std::vector<Number>& current) const;
};

}  // namespace nc::loihi
