// Lava's bit-accurate leaky integrate-and-fire neurons, one neuron, one step
// (lava-nc lava/proc/lif/models.py: PyLifModelBitAcc and its relatives).
//
//   u = wrap24(decay(u, du + 1) + (a_in << 6))
//   v = clamp(decay(v, dv) + u + bias_mant * 2^bias_exp, +-(2^23 - 1))
//   s = [v > threshold << 6];  if s: v = 0          (u is not reset)
//
// with decay(x, d) = x * (4096 - d) / 4096 towards zero; a negative bias_exp
// shifts right, rounding down.
#pragma once

#include <cstdint>

namespace nc::loihi {

struct LavaState {
  int64_t u = 0;
  int64_t v = 0;
};

struct LavaLif {
  int64_t du = 0;         // 12 bits
  int64_t dv = 0;         // 12 bits
  int64_t bias_mant = 0;  // 13 bits with sign
  int64_t bias_exp = 0;   // 3 bits
  int64_t threshold = 0;  // 17 bits

  // Gives the spike, 0 or 1.
  int64_t step(LavaState& state, int64_t a_in) const;
};

// u and v are set to 0 before everything else in the steps t (from 1) with
// t mod interval = offset mod interval.
struct LavaLifReset {
  LavaLif lif;
  int64_t interval = 1;
  int64_t offset = 0;

  int64_t step(LavaState& state, int64_t a_in, int64_t t) const;
};

// +1 above one threshold, -1 below the other; both reset v to 0.
struct LavaTernaryLif {
  LavaLif lif;  // its threshold is the upper one
  int64_t lower_threshold = 0;

  int64_t step(LavaState& state, int64_t a_in) const;
};

}  // namespace nc::loihi
