// Populations of spiking neurons that are not in Lava: they stand for Loihi 2
// microcode. Currents, leak and 24-bit overflow are Lava's LIF with du = 4095
// (lava_lif.h); what differs is said here. Per step, in chip units:
//
//   v = clamp(trunc64(decay(v, dv)) + wrap24(a_in << 6) + bias, +-limit)
//   s = [v >= threshold]
//   subtract    v -= threshold * s                  (the remainder is kept)
//   take_back   as subtract; and if v < 0 and the net count of spikes sent is
//               above 0: s = -1, v += threshold
//   graded      s = min(floor(v / threshold), most); v -= threshold * s
//   hard        if s: v = reset. With reset 0 and no leak the same spikes as
//               Lava's LIF with vth = threshold - 1.
//
// The limit is 131071 << 6, not Lava's 2^23 - 1 = (131071 << 6) + 63, and
// trunc64 clears the six lowest bits of |v| after a leak: so v is always a
// whole number of weight units, as it is in the IR.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nc::loihi {

enum class Firing { subtract, take_back, graded, hard };

// How often 24 bits were not enough.
struct Overflow {
  int64_t wrapped = 0;    // currents
  int64_t saturated = 0;  // membranes, or payloads cut

  Overflow& operator+=(const Overflow& other);
};

template <class Number>
struct MicrocodeState {
  std::vector<Number> v;          // chip units
  std::vector<Number> net_count;  // take_back only
};

// Number is int32_t where |a_in| < 2^24 is known, else int64_t.
template <class Number>
struct Microcode {
  Firing firing = Firing::subtract;
  std::vector<Number> threshold;  // vth << 6, per neuron
  std::vector<Number> bias;       // mantissa * 2^exponent
  std::vector<Number> initial;    // v before the first step
  std::vector<int64_t> dv;        // empty: no leak
  Number limit = 0;
  Number reset = 0;  // hard only
  Number most = 1;   // graded only: the largest payload

  void start(MicrocodeState<Number>& state) const;

  // `current` holds a_in in weight units and is overwritten with payloads.
  Overflow step(MicrocodeState<Number>& state,
                std::vector<Number>& current) const;
};

}  // namespace nc::loihi
