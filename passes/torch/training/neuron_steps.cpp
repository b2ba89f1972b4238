// Compiled once per instruction set, as runtime/cpu/fire.cpp is: compilers make
// vectors of the loops, and -ffp-contract=off the same numbers on all of them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "passes/torch/training/neuron_steps.cpp"
#include <hwy/foreach_target.h>
// This comment keeps the order: highway.h comes after foreach_target.h.
#include <hwy/highway.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "passes/torch/training/neuron_steps.h"

HWY_BEFORE_NAMESPACE();
namespace nc {
namespace HWY_NAMESPACE {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kDecayUnit = 4096;

// Calls f with what the inner loops are compiled for.
template <class F>
void with_kind(const NeuronForm& form, F f) {
  auto subtracts = [&](auto leaks, auto is_signed, auto graded) {
    form.reset == Reset::subtract
        ? f(leaks, is_signed, graded, std::true_type())
        : f(leaks, is_signed, graded, std::false_type());
  };
  auto graded = [&](auto leaks, auto is_signed) {
    form.levels > 1 ? subtracts(leaks, is_signed, std::true_type())
                    : subtracts(leaks, is_signed, std::false_type());
  };
  auto is_signed = [&](auto leaks) {
    form.is_signed ? graded(leaks, std::true_type())
                   : graded(leaks, std::false_type());
  };
  form.leaks ? is_signed(std::true_type()) : is_signed(std::false_type());
}

template <class Real>
struct Constants {
  explicit Constants(const NeuronForm& form)
      : strict(form.strict),
        integers(form.integers),
        payload(static_cast<Real>((int64_t{1} << form.levels) - 1)),
        reset_value(form.reset == Reset::value
                        ? static_cast<Real>(form.reset_value)
                        : Real(0)),
        limit(form.membrane_bits == 0
                  ? std::numeric_limits<Real>::infinity()
                  : static_cast<Real>((int64_t{1} << (form.membrane_bits - 1)) -
                                      1)) {}

  bool strict;
  bool integers;
  Real payload;
  Real reset_value;
  Real limit;  // of membranes
};

// A product has 12 bits more than the membrane.
template <class Real>
Real leaked(Real v, Real decay, bool integers) {
  if (!integers) return v * decay;
  double product = static_cast<double>(v) * static_cast<double>(decay);
  return static_cast<Real>(std::trunc(product / kDecayUnit));
}

template <bool kGraded, bool kSigned, class Real>
Real fired(Real v, Real threshold, Real net_count, const Constants<Real>& is) {
  if constexpr (kGraded) {
    return std::clamp(std::floor(v / threshold), Real(0), is.payload);
  }
  bool fires = is.strict ? v > threshold : v >= threshold;
  Real spike = fires ? Real(1) : Real(0);
  if constexpr (kSigned) {
    spike -= v < 0 && net_count > 0 ? Real(1) : Real(0);
  }
  return spike;
}

template <bool kSubtracts, class Real>
Real after_reset(Real v, Real spike, Real threshold,
                 const Constants<Real>& is) {
  if constexpr (kSubtracts) return v - spike * threshold;
  return spike != 0 ? is.reset_value : v;
}

// g(u) of a block.
template <class Real>
void slopes(const SurrogateShape& surrogate, const Real* u, int64_t count,
            Real* slope) {
  const Real w = static_cast<Real>(surrogate.width);
  auto each = [&](auto g) {
    for (int64_t i = 0; i < count; ++i) slope[i] = g(u[i]);
  };
  switch (surrogate.kind) {
    case Surrogate::atan:
      return each([k = static_cast<Real>(kPi) / w, w](Real x) {
        return 1 / (w * (1 + k * x * k * x));
      });
    case Surrogate::sigmoid:
      return each([w](Real x) {
        Real s = 1 / (1 + std::exp(-x / w));
        return s * (1 - s) / w;
      });
    case Surrogate::triangle:
      return each(
          [w](Real x) { return std::max(Real(0), 1 - std::abs(x) / w) / w; });
    case Surrogate::fast_sigmoid:
      return each([w](Real x) {
        Real s = 1 + std::abs(x) / w;
        return 1 / (s * s);
      });
    case Surrogate::rectangle:
      return each(
          [w](Real x) { return std::abs(x) <= w / 2 ? 1 / w : Real(0); });
  }
}

// ds/dv times theta: g at the nearest level, and where a spike may be taken
// back g at 0 as well.
template <bool kGraded, bool kSigned, class Real>
void slopes_at(const SurrogateShape& surrogate, const Real* v,
               const Real* inverse, const Real* net_count, Real payload,
               int64_t count, Real* slope) {
  Real u[kNeuronBlock] = {};
  for (int64_t i = 0; i < count; ++i) {
    Real x = v[i] * inverse[i];
    Real nearest =
        kGraded ? std::clamp(std::nearbyint(x), Real(1), payload) : Real(1);
    u[i] = x - nearest;
  }
  slopes(surrogate, u, count, slope);
  if constexpr (kSigned) {
    Real below[kNeuronBlock] = {};
    for (int64_t i = 0; i < count; ++i) u[i] = v[i] * inverse[i];
    slopes(surrogate, u, count, below);
    for (int64_t i = 0; i < count; ++i) {
      slope[i] += net_count[i] > 0 ? below[i] : Real(0);
    }
  }
}

template <class Real>
void add(const Real* from, int64_t count, Real* to) {
  for (int64_t i = 0; i < count; ++i) to[i] += from[i];
}

// One sample's block, at step t.
template <class Real>
class Place {
 public:
  Place(const NeuronTrain<Real>& train, int64_t sample, int64_t first)
      : train_(train), at_(sample * train.elements + first) {}

  int64_t here() const { return at_; }
  int64_t step(int64_t t) const {
    return t * train_.samples * train_.elements + at_;
  }
  int64_t current(int64_t t) const { return t * train_.current_stride + at_; }

 private:
  const NeuronTrain<Real>& train_;
  int64_t at_;
};

template <bool kLeaks, bool kSigned, bool kGraded, bool kSubtracts, class Real>
void step_block(const NeuronTrain<Real>& train, const Constants<Real>& is,
                const Place<Real>& place, int64_t first, int64_t t,
                int64_t count, Real* v) {
  const Real* threshold = train.threshold + first;
  const Real* decay = kLeaks ? train.decay + first : nullptr;
  const Real* z = train.current + place.current(t);
  Real* n = kSigned ? train.net_count + place.here() : nullptr;
  Real* membrane = train.membranes + place.step(t);
  Real* spikes = train.spikes + place.step(t);
  for (int64_t i = 0; i < count; ++i) {
    Real x = v[i];
    if constexpr (kLeaks) x = leaked(x, decay[i], is.integers);
    x = std::clamp(x + z[i], -is.limit, is.limit);
    Real net = kSigned ? n[i] : Real(0);
    Real spike = fired<kGraded, kSigned>(x, threshold[i], net, is);
    if constexpr (kSigned) n[i] = net + spike;
    membrane[i] = x;
    spikes[i] = spike;
    v[i] = after_reset<kSubtracts>(x, spike, threshold[i], is);
  }
}

// Gradients of one step: `after` is that of the membrane behind the step and
// becomes that of the membrane before it.
template <class Real>
struct StepGradients {
  Real inverse[kNeuronBlock];  // 1 / theta
  Real after[kNeuronBlock];
  Real slope[kNeuronBlock];
  Real threshold[kNeuronBlock];
  Real decay[kNeuronBlock];
};

// What the reset and the spike hand to the membrane they came from.
template <bool kSigned, bool kGraded, bool kSubtracts, class Real>
void spike_gradients(const NeuronForm& form, const Constants<Real>& is,
                     const Real* threshold, const Real* membrane,
                     const Real* spikes, const Real* asked, int64_t count,
                     StepGradients<Real>& g) {
  const bool through_reset =
      !form.detach_reset && (kSubtracts || !(kSigned || kGraded));
  for (int64_t i = 0; i < count; ++i) {
    Real theta = threshold[i];
    Real x = membrane[i];
    Real s = spikes[i];
    Real by_spike = asked ? asked[i] : Real(0);
    Real kept = g.after[i];
    if constexpr (kSubtracts) {
      g.threshold[i] -= g.after[i] * s;
      if (through_reset) by_spike -= g.after[i] * theta;
    } else {
      if (through_reset) by_spike += g.after[i] * (is.reset_value - x);
      kept = s != 0 ? Real(0) : kept;
    }
    Real by_membrane = by_spike * g.slope[i] * g.inverse[i];
    g.threshold[i] -= by_membrane * x * g.inverse[i];
    Real total = kept + by_membrane;
    g.after[i] = x <= -is.limit || x >= is.limit ? Real(0) : total;
  }
}

// From the membrane after the leak to the one before it.
template <bool kSubtracts, class Real>
void leak_gradients(const NeuronTrain<Real>& train, const Constants<Real>& is,
                    const Place<Real>& place, int64_t first, int64_t t,
                    int64_t count, StepGradients<Real>& g) {
  const Real unit = is.integers ? Real(1 / kDecayUnit) : Real(1);
  const Real* start = train.start + place.here();
  const Real* membrane = train.membranes + (t > 0 ? place.step(t - 1) : 0);
  const Real* spikes = train.spikes + (t > 0 ? place.step(t - 1) : 0);
  for (int64_t i = 0; i < count; ++i) {
    Real before = t > 0
                      ? after_reset<kSubtracts>(membrane[i], spikes[i],
                                                train.threshold[first + i], is)
                      : start[i];
    g.decay[i] += g.after[i] * before * unit;
    g.after[i] *= train.decay[first + i] * unit;
  }
}

template <bool kLeaks, bool kSigned, bool kGraded, bool kSubtracts, class Real>
void block_backwards(const NeuronForm& form, const NeuronTrain<Real>& train,
                     const NeuronGradients<Real>& gradients,
                     const Place<Real>& place, int64_t first, int64_t count,
                     StepGradients<Real>& g) {
  const Constants<Real> is(form);
  const Real* threshold = train.threshold + first;
  Real* n = kSigned ? train.net_count + place.here() : nullptr;
  std::fill_n(g.after, count, Real(0));
  if (gradients.end) add(gradients.end + place.here(), count, g.after);
  for (int64_t t = train.steps; t-- > 0;) {
    const Real* membrane = train.membranes + place.step(t);
    const Real* spikes = train.spikes + place.step(t);
    for (int64_t i = 0; kSigned && i < count; ++i) n[i] -= spikes[i];
    slopes_at<kGraded, kSigned>(form.surrogate, membrane, g.inverse, n,
                                is.payload, count, g.slope);
    spike_gradients<kSigned, kGraded, kSubtracts>(
        form, is, threshold, membrane, spikes,
        gradients.spikes ? gradients.spikes + place.step(t) : nullptr, count,
        g);
    add(g.after, count, gradients.current + place.current(t));
    if constexpr (kLeaks) {
      leak_gradients<kSubtracts>(train, is, place, first, t, count, g);
    }
  }
  std::copy_n(g.after, count, gradients.start + place.here());
}

template <class Real>
void forwards(const NeuronForm& form, const NeuronTrain<Real>& train,
              int64_t first, int64_t last) {
  const Constants<Real> is(form);
  const int64_t count = last - first;
  Real v[kNeuronBlock];
  with_kind(form, [&](auto leaks, auto is_signed, auto graded, auto subtracts) {
    for (int64_t sample = 0; sample < train.samples; ++sample) {
      Place<Real> place(train, sample, first);
      std::copy_n(train.start + place.here(), count, v);
      for (int64_t t = 0; t < train.steps; ++t) {
        step_block<leaks(), is_signed(), graded(), subtracts()>(
            train, is, place, first, t, count, v);
      }
      std::copy_n(v, count, train.end + place.here());
    }
  });
}

template <class Real>
void backwards(const NeuronForm& form, const NeuronTrain<Real>& train,
               const NeuronGradients<Real>& gradients, int64_t first,
               int64_t last) {
  const int64_t count = last - first;
  StepGradients<Real> g;
  std::fill_n(g.threshold, count, Real(0));
  std::fill_n(g.decay, count, Real(0));
  for (int64_t i = 0; i < count; ++i) {
    g.inverse[i] = 1 / train.threshold[first + i];
  }
  with_kind(form, [&](auto leaks, auto is_signed, auto graded, auto subtracts) {
    for (int64_t sample = 0; sample < train.samples; ++sample) {
      block_backwards<leaks(), is_signed(), graded(), subtracts()>(
          form, train, gradients, Place<Real>(train, sample, first), first,
          count, g);
    }
  });
  if (gradients.threshold) add(g.threshold, count, gradients.threshold + first);
  if (gradients.decay) add(g.decay, count, gradients.decay + first);
}

void forwards_f32(const NeuronForm& form, const NeuronTrain<float>& train,
                  int64_t first, int64_t last) {
  forwards(form, train, first, last);
}
void forwards_f64(const NeuronForm& form, const NeuronTrain<double>& train,
                  int64_t first, int64_t last) {
  forwards(form, train, first, last);
}
void backwards_f32(const NeuronForm& form, const NeuronTrain<float>& train,
                   const NeuronGradients<float>& gradients, int64_t first,
                   int64_t last) {
  backwards(form, train, gradients, first, last);
}
void backwards_f64(const NeuronForm& form, const NeuronTrain<double>& train,
                   const NeuronGradients<double>& gradients, int64_t first,
                   int64_t last) {
  backwards(form, train, gradients, first, last);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nc {

HWY_EXPORT(forwards_f32);
HWY_EXPORT(forwards_f64);
HWY_EXPORT(backwards_f32);
HWY_EXPORT(backwards_f64);

void run_neurons(const NeuronForm& form, const NeuronTrain<float>& train,
                 int64_t first, int64_t last) {
  HWY_DYNAMIC_DISPATCH(forwards_f32)(form, train, first, last);
}
void run_neurons(const NeuronForm& form, const NeuronTrain<double>& train,
                 int64_t first, int64_t last) {
  HWY_DYNAMIC_DISPATCH(forwards_f64)(form, train, first, last);
}
void run_neurons_backwards(const NeuronForm& form,
                           const NeuronTrain<float>& train,
                           const NeuronGradients<float>& gradients,
                           int64_t first, int64_t last) {
  HWY_DYNAMIC_DISPATCH(backwards_f32)(form, train, gradients, first, last);
}
void run_neurons_backwards(const NeuronForm& form,
                           const NeuronTrain<double>& train,
                           const NeuronGradients<double>& gradients,
                           int64_t first, int64_t last) {
  HWY_DYNAMIC_DISPATCH(backwards_f64)(form, train, gradients, first, last);
}

}  // namespace nc
#endif
