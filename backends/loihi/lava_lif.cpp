#include "backends/loihi/lava_lif.h"

#include "backends/loihi/fixed_point.h"

namespace nc::loihi {
namespace {

void integrate(const LavaLif& lif, LavaState& state, int64_t a_in) {
  int64_t bias = scaled(lif.bias_mant, lif.bias_exp);
  state.u = wrapped(decayed(state.u, lif.du + 1) + (a_in << kUnitShift));
  state.v =
      saturated(decayed(state.v, lif.dv) + state.u + bias, kStateLimit - 1);
}

}  // namespace

int64_t LavaLif::step(LavaState& state, int64_t a_in) const {
  integrate(*this, state, a_in);
  if (state.v <= threshold << kUnitShift) return 0;
  state.v = 0;
  return 1;
}

int64_t LavaLifReset::step(LavaState& state, int64_t a_in, int64_t t) const {
  if (t % interval == offset % interval) state = {};
  return lif.step(state, a_in);
}

int64_t LavaTernaryLif::step(LavaState& state, int64_t a_in) const {
  integrate(lif, state, a_in);
  int64_t spike = 0;
  if (state.v > lif.threshold << kUnitShift) spike = 1;
  if (state.v < lower_threshold << kUnitShift) spike = -1;
  if (spike != 0) state.v = 0;
  return spike;
}

}  // namespace nc::loihi
