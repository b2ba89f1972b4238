// This file is compiled once per instruction set (foreach_target.h includes it
// again and again); the best one for the machine is chosen when it runs.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/cpu/fire.cpp"
#include <hwy/foreach_target.h>
// This comment keeps the order: highway.h comes after foreach_target.h.
#include <hwy/highway.h>

#include <algorithm>
#include <numeric>

#include "runtime/cpu/fire.h"

HWY_BEFORE_NAMESPACE();
namespace nc {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Words = hn::ScalableTag<int32_t>;
using OneWord = hn::CappedTag<int32_t, 1>;

// Stores payloads as the run wants them, and counts them.
template <class D, class V>
HWY_INLINE void put(D d, const FireRun& run, int64_t step, int64_t at, V s) {
  if (run.spike_bytes != nullptr) {
    const hn::Rebind<uint8_t, D> bytes;
    uint8_t* to = run.spike_bytes + step * run.spike_stride + at;
    V shifted = hn::Sub(s, hn::Set(d, run.low));
    hn::StoreU(hn::DemoteTo(bytes, shifted), bytes, to);
  } else {
    hn::StoreU(s, d, run.spike_words + step * run.spike_stride + at);
  }
}

// v * decay / 4096 towards zero, without a product beyond 32 bits.
template <class D, class V>
HWY_INLINE V leaked(D d, V v, V decay) {
  V size = hn::Abs(v);
  V high = hn::ShiftRight<12>(size);
  V low = hn::And(size, hn::Set(d, 4095));
  V left =
      hn::Add(hn::Mul(high, decay), hn::ShiftRight<12>(hn::Mul(low, decay)));
  return hn::IfThenElse(hn::Lt(v, hn::Zero(d)), hn::Neg(left), left);
}

// min(floor(v / threshold), 2^levels - 1) for v >= 0, else 0: bit by bit.
template <class D, class V>
HWY_INLINE V level_of(D d, int levels, V v, V threshold) {
  V rest = v;
  V level = hn::Zero(d);
  for (int bit = levels - 1; bit >= 0; --bit) {
    V step = hn::Mul(threshold, hn::Set(d, int32_t{1} << bit));
    auto fits = hn::Not(hn::Lt(rest, step));
    rest = hn::Sub(rest, hn::IfThenElseZero(fits, step));
    level = hn::Add(level, hn::IfThenElseZero(fits, hn::Set(d, 1 << bit)));
  }
  return level;
}

// Plain: one spike at most, reset by subtraction, no leak.
template <bool kPlain, bool kSigned, class D>
HWY_INLINE void fire_lanes(D d, const FireRule& rule, const FireRun& run,
                           int64_t at, hn::VFromD<D>& spikes,
                           hn::VFromD<D>& events) {
  using V = hn::VFromD<D>;
  const V zero = hn::Zero(d);
  const V one = hn::Set(d, 1);
  const V limit = hn::Set(d, rule.limit);
  const V lowest = hn::Set(d, -rule.limit);
  const V threshold = hn::LoadU(d, run.threshold + at);
  const V constant = hn::LoadU(d, run.constant + at);
  V v = hn::LoadU(d, run.membrane + at);
  V net = kSigned ? hn::LoadU(d, run.net_count + at) : zero;
  for (int64_t step = 0; step < run.steps; ++step) {
    if (!kPlain && rule.leaks) {
      v = leaked(d, v, hn::LoadU(d, run.decay + at));
    }
    V z = constant;
    if (run.current != nullptr) {
      const int32_t* from = run.current + step * run.current_stride + at;
      z = hn::Add(z, hn::LoadU(d, from));
    }
    v = hn::Max(hn::Min(hn::Add(v, z), limit), lowest);
    V s = kPlain || rule.levels == 1
              ? hn::IfThenZeroElse(hn::Lt(v, threshold), one)
              : level_of(d, rule.levels, v, threshold);
    if (kSigned) {
      auto taken_back = hn::And(hn::Lt(v, zero), hn::Gt(net, zero));
      s = hn::Sub(s, hn::IfThenElseZero(taken_back, one));
      net = hn::Add(net, s);
    }
    if (kPlain || rule.reset == Reset::subtract) {
      v = hn::Sub(v, hn::Mul(threshold, s));
    } else {
      V value = rule.reset == Reset::zero ? zero : hn::Set(d, rule.reset_value);
      v = hn::IfThenElse(hn::Eq(s, zero), v, value);
    }
    put(d, run, step, at, s);
    spikes = hn::Add(spikes, hn::Abs(s));
    events = hn::Add(events, hn::IfThenElseZero(hn::Ne(s, zero), one));
    if (run.trace != nullptr) {
      hn::StoreU(v, d, run.trace + step * run.trace_stride + at);
    }
  }
  hn::StoreU(v, d, run.membrane + at);
  if (kSigned) hn::StoreU(net, d, run.net_count + at);
}

template <class D>
HWY_INLINE void count_lanes(D d, int32_t most, const FireRun& run, int64_t at,
                            hn::VFromD<D>& spikes, hn::VFromD<D>& events) {
  using V = hn::VFromD<D>;
  const hn::Rebind<float, D> reals;
  const V zero = hn::Zero(d);
  const V one = hn::Set(d, 1);
  const V threshold = hn::LoadU(d, run.threshold + at);
  V sum =
      hn::Add(hn::LoadU(d, run.constant + at), hn::LoadU(d, run.membrane + at));
  if (run.current != nullptr) {
    sum = hn::Add(sum, hn::LoadU(d, run.current + at));
  }
  // In f32 the quotient, at most 2^20, is off by less than one; the remainder
  // shows which way.
  const V dividend = hn::Max(sum, zero);
  auto guess =
      hn::Div(hn::ConvertTo(reals, dividend), hn::ConvertTo(reals, threshold));
  guess = hn::Min(guess, hn::ConvertTo(reals, hn::Set(d, most)));
  V n = hn::ConvertTo(d, guess);
  V rest = hn::Sub(dividend, hn::Mul(n, threshold));
  n = hn::Sub(n, hn::IfThenElseZero(hn::Lt(rest, zero), one));
  n = hn::Add(n, hn::IfThenZeroElse(hn::Lt(rest, threshold), one));
  n = hn::Min(n, hn::Set(d, most));
  put(d, run, 0, at, n);
  spikes = hn::Add(spikes, n);
  events = hn::Add(events, hn::IfThenElseZero(hn::Gt(n, zero), one));
  if (run.trace != nullptr) {
    hn::StoreU(hn::Sub(sum, hn::Mul(n, threshold)), d, run.trace + at);
  }
}

template <class V>
HWY_INLINE int64_t sum_of(V counts) {
  HWY_ALIGN int32_t lanes[HWY_MAX_BYTES / sizeof(int32_t)];
  hn::Store(counts, Words(), lanes);
  return std::accumulate(lanes, lanes + hn::Lanes(Words()), int64_t{0});
}

// Calls lanes(tag, at, spikes, events) for whole vectors, then one by one. A
// neuron adds at most `bound` <= 2^30 to its lane's counts, which are taken out
// before they could overflow.
template <class Lanes>
HWY_INLINE FireCount over_neurons(int64_t count, int64_t bound,
                                  const Lanes& lanes) {
  const Words words;
  const OneWord word;
  const int64_t width = static_cast<int64_t>(hn::Lanes(words));
  const int64_t vectors_at_once = (int64_t{1} << 30) / bound;
  FireCount total;
  int64_t at = 0;
  while (at + width <= count) {
    auto spikes = hn::Zero(words);
    auto events = hn::Zero(words);
    for (int64_t i = 0; i < vectors_at_once && at + width <= count; ++i) {
      lanes(words, at, spikes, events);
      at += width;
    }
    total.spikes += sum_of(spikes);
    total.events += sum_of(events);
  }
  for (; at < count; ++at) {
    auto spikes = hn::Zero(word);
    auto events = hn::Zero(word);
    lanes(word, at, spikes, events);
    total.spikes += hn::GetLane(spikes);
    total.events += hn::GetLane(events);
  }
  return total;
}

int64_t most_spikes(const FireRule& rule, const FireRun& run) {
  return run.steps << rule.levels;
}

template <bool kPlain, bool kSigned>
FireCount fire_with(const FireRule& rule, const FireRun& run) {
  auto lanes = [&](auto d, int64_t at, auto& spikes, auto& events) HWY_ATTR {
    fire_lanes<kPlain, kSigned>(d, rule, run, at, spikes, events);
  };
  return over_neurons(run.count, most_spikes(rule, run), lanes);
}

FireCount FireAll(const FireRule& rule, const FireRun& run) {
  bool plain = rule.reset == Reset::subtract && !rule.leaks && rule.levels == 1;
  if (plain && rule.is_signed) return fire_with<true, true>(rule, run);
  if (plain) return fire_with<true, false>(rule, run);
  if (rule.is_signed) return fire_with<false, true>(rule, run);
  return fire_with<false, false>(rule, run);
}

FireCount CountAll(int32_t most, const FireRun& run) {
  auto lanes = [&](auto d, int64_t at, auto& spikes, auto& events)
                   HWY_ATTR { count_lanes(d, most, run, at, spikes, events); };
  return over_neurons(run.count, std::max(most, 1), lanes);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nc {

HWY_EXPORT(FireAll);
HWY_EXPORT(CountAll);

// So many steps at a time that a neuron's count of spikes fits 32 bits.
FireCount fire_all(const FireRule& rule, const FireRun& run) {
  const int64_t at_once =
      std::max<int64_t>((int64_t{1} << 30) >> rule.levels, 1);
  FireCount total;
  FireRun part = run;
  for (int64_t step = 0; step < run.steps; step += at_once) {
    part.steps = std::min(at_once, run.steps - step);
    total += HWY_DYNAMIC_DISPATCH(FireAll)(rule, part);
    if (run.current) part.current += part.steps * run.current_stride;
    if (run.spike_bytes) part.spike_bytes += part.steps * run.spike_stride;
    if (run.spike_words) part.spike_words += part.steps * run.spike_stride;
    if (run.trace) part.trace += part.steps * run.trace_stride;
  }
  return total;
}

FireCount count_all(int32_t most, const FireRun& run) {
  return HWY_DYNAMIC_DISPATCH(CountAll)(most, run);
}

FireRule FireRule::of(const Neuron& neuron, bool leaks) {
  FireRule rule;
  rule.reset = neuron.reset;
  rule.reset_value = static_cast<int32_t>(neuron.reset_value);
  rule.is_signed = neuron.is_signed;
  rule.leaks = leaks;
  rule.levels = static_cast<int>(neuron.levels);
  if (neuron.membrane_bits > 0 && neuron.membrane_bits <= 32) {
    rule.limit =
        static_cast<int32_t>((int64_t{1} << (neuron.membrane_bits - 1)) - 1);
  }
  return rule;
}

}  // namespace nc
#endif  // HWY_ONCE
