#include "backends/loihi/lava_sigma_delta.h"

#include <algorithm>
#include <cstdlib>

namespace nc::loihi {
namespace {

int64_t activation_after(const LavaSigmaDelta& neuron, SigmaDeltaState& state,
                         int64_t a_in) {
  state.sigma += a_in;
  int64_t activation = state.sigma + neuron.bias;
  return neuron.relu ? std::max<int64_t>(0, activation) : activation;
}

// The change to send, or 0 while it is too small; keeps what is left.
int64_t change(SigmaDeltaState& state, int64_t activation, int64_t threshold,
               bool cumulative_error) {
  int64_t d = activation - state.activation + state.residue;
  if (cumulative_error) state.error += d;
  int64_t seen = cumulative_error ? state.error : d;
  int64_t sent = std::abs(seen) >= threshold ? d : 0;
  if (sent != 0) state.error = 0;
  state.residue = d - sent;
  state.activation = activation;
  return sent;
}

}  // namespace

int64_t LavaSigmaDelta::step(SigmaDeltaState& state, int64_t a_in) const {
  int64_t activation = activation_after(*this, state, a_in);
  return change(state, activation, threshold, cumulative_error) >> state_exp;
}

int64_t LavaSigmaDelta::step_corrected(SigmaDeltaState& state,
                                       int64_t a_in) const {
  int64_t d = activation_after(*this, state, a_in) - state.reference;
  int64_t sent = (std::abs(d) >= threshold ? d : 0) >> state_exp;
  state.reference += sent << state_exp;
  return sent;
}

int64_t LavaDelta::step(SigmaDeltaState& state, int64_t a_in) const {
  int64_t activation = a_in << (spike_exp + state_exp);
  return change(state, activation, threshold, cumulative_error) >> state_exp;
}

}  // namespace nc::loihi
