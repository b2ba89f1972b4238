// Lava's fixed-point sigma-delta neurons (lava-nc lava/proc/sdn): they sum
// the changes they receive and send the changes of their own activation,
//
//   sigma += a;  activation = max(0, sigma + bias)
//
// once a change reaches `threshold`. No overflow is modelled (32 bits).
#pragma once

#include <cstdint>

namespace nc::loihi {

struct SigmaDeltaState {
  int64_t sigma = 0;
  int64_t activation = 0;  // of the step before
  int64_t residue = 0;     // change not sent yet
  int64_t error = 0;       // its sum over time, with cumulative_error
  int64_t reference = 0;   // what the receivers know (FixedCorrected)
};

struct LavaSigmaDelta {
  int64_t threshold = 0;
  int64_t bias = 0;
  int64_t state_exp = 0;  // state is in units of 2^-state_exp of a payload
  bool relu = true;
  bool cumulative_error = false;

  // PySigmaDeltaModelFixed: d = activation - previous + residue is sent as
  // d >> state_exp; the bits shifted out are lost.
  int64_t step(SigmaDeltaState& state, int64_t a_in) const;

  // PySigmaDeltaModelFixedCorrected: d = activation - reference, and only
  // what was really sent is added to the reference, so nothing is lost. This
  // is the one that Lava's default run configuration picks.
  int64_t step_corrected(SigmaDeltaState& state, int64_t a_in) const;
};

// The encoder in front: the changes of a signal, (a << (spike_exp +
// state_exp)) against what was sent so far.
struct LavaDelta {
  int64_t threshold = 0;
  int64_t spike_exp = 0;
  int64_t state_exp = 0;
  bool cumulative_error = false;

  int64_t step(SigmaDeltaState& state, int64_t a_in) const;
};

}  // namespace nc::loihi
