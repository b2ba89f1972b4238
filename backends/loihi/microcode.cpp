#include "backends/loihi/microcode.h"

#include "backends/loihi/fixed_point.h"

namespace nc::loihi {
namespace {

// The loops below run over plain arrays without branches, so that the
// compiler can do several neurons at once.

int64_t whole_units(int64_t v) {
  int64_t size = (v < 0 ? -v : v) >> kUnitShift << kUnitShift;
  return v < 0 ? -size : size;
}

template <class Number>
void leak(const std::vector<int64_t>& dv, std::vector<Number>& v) {
  for (size_t i = 0; i < dv.size(); ++i) {
    v[i] = static_cast<Number>(whole_units(decayed(v[i], dv[i])));
  }
}

template <class Number>
Overflow integrate(const Number* __restrict current,
                   const Number* __restrict bias, Number limit,
                   Number* __restrict v, size_t count) {
  Number wraps = 0;
  Number clamps = 0;
  for (size_t i = 0; i < count; ++i) {
    Number wanted = static_cast<Number>(current[i] * (1 << kUnitShift));
    Number u = wrapped(wanted);
    Number y = v[i] + u + bias[i];
    Number kept = saturated(y, limit);
    wraps += static_cast<Number>(u != wanted);
    clamps += static_cast<Number>(kept != y);
    v[i] = kept;
  }
  return {wraps, clamps};
}

template <class Number>
void fire_and_subtract(const Number* __restrict threshold, Number* __restrict v,
                       Number* __restrict spikes, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    Number spike = static_cast<Number>(v[i] >= threshold[i]);
    v[i] -= spike ? threshold[i] : 0;
    spikes[i] = spike;
  }
}

template <class Number>
void fire_or_take_back(const Number* __restrict threshold, Number* __restrict v,
                       Number* __restrict net_count, Number* __restrict spikes,
                       size_t count) {
  for (size_t i = 0; i < count; ++i) {
    Number up = static_cast<Number>(v[i] >= threshold[i]);
    Number down = static_cast<Number>((v[i] < 0) & (net_count[i] > 0));
    v[i] += (down ? threshold[i] : 0) - (up ? threshold[i] : 0);
    net_count[i] += up - down;
    spikes[i] = up - down;
  }
}

template <class Number>
void fire_graded(const Number* threshold, Number most, Number* v,
                 Number* spikes, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    spikes[i] = v[i] < threshold[i] ? 0 : std::min(v[i] / threshold[i], most);
    v[i] -= threshold[i] * spikes[i];
  }
}

template <class Number>
void fire_and_reset(const Number* __restrict threshold, Number reset,
                    Number* __restrict v, Number* __restrict spikes,
                    size_t count) {
  for (size_t i = 0; i < count; ++i) {
    Number spike = static_cast<Number>(v[i] >= threshold[i]);
    v[i] = spike ? reset : v[i];
    spikes[i] = spike;
  }
}

}  // namespace

Overflow& Overflow::operator+=(const Overflow& other) {
  wrapped += other.wrapped;
  saturated += other.saturated;
  return *this;
}

template <class Number>
void Microcode<Number>::start(MicrocodeState<Number>& state) const {
  state.v = initial;
  if (firing == Firing::take_back) state.net_count.assign(initial.size(), 0);
}

template <class Number>
Overflow Microcode<Number>::step(MicrocodeState<Number>& state,
                                 std::vector<Number>& current) const {
  size_t count = threshold.size();
  Number* v = state.v.data();
  leak(dv, state.v);
  Overflow overflow = integrate(current.data(), bias.data(), limit, v, count);
  switch (firing) {
    case Firing::subtract:
      fire_and_subtract(threshold.data(), v, current.data(), count);
      break;
    case Firing::take_back:
      fire_or_take_back(threshold.data(), v, state.net_count.data(),
                        current.data(), count);
      break;
    case Firing::graded:
      fire_graded(threshold.data(), most, v, current.data(), count);
      break;
    case Firing::hard:
      fire_and_reset(threshold.data(), reset, v, current.data(), count);
      break;
  }
  return overflow;
}

template struct Microcode<int32_t>;
template struct Microcode<int64_t>;

}  // namespace nc::loihi
