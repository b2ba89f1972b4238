// All steps of many neurons at once, vectorised: the rules of nc::Neuron
// (ir/ops.h) on 32-bit integers. The caller proves by bounds (ir/widths.h)
// that nothing overflows.
#pragma once

#include <cstdint>

#include "ir/ops.h"

namespace nc {

// What a run of neurons side by side shares.
struct FireRule {
  Reset reset = Reset::subtract;
  int32_t reset_value = 0;
  bool is_signed = false;
  bool leaks = false;
  int levels = 1;
  int32_t limit = INT32_MAX;  // |membrane| never goes beyond

  static FireRule of(const Neuron& neuron, bool leaks);
};

// `count` neurons over `steps` steps. Arrays without a step have one entry per
// neuron; the entry of the next step is `stride` further on.
struct FireRun {
  int64_t count = 0;
  int64_t steps = 1;
  const int32_t* current = nullptr;  // [steps], or none: only `constant`
  int64_t current_stride = 0;
  const int32_t* constant = nullptr;   // added to the current of every step
  const int32_t* threshold = nullptr;  // above 0
  const int32_t* decay = nullptr;      // in 1/4096; only where the rule leaks
  int32_t* membrane = nullptr;         // kept from run to run
  int32_t* net_count = nullptr;        // likewise; only for signed neurons
  // Payloads go to one of the two; bytes hold payload - low.
  uint8_t* spike_bytes = nullptr;
  int32_t* spike_words = nullptr;
  int64_t spike_stride = 0;
  int32_t low = 0;
  int32_t* trace = nullptr;  // membranes after each step, if asked for
  int64_t trace_stride = 0;
};

struct FireCount {
  int64_t spikes = 0;  // sum of |payload|
  int64_t events = 0;  // payloads other than 0

  FireCount& operator+=(const FireCount& other) {
    spikes += other.spikes;
    events += other.events;
    return *this;
  }
};

FireCount fire_all(const FireRule& rule, const FireRun& run);

// The exact schedule: current[0] + constant is the sum over all steps, the
// payload clip(floor((sum + membrane) / threshold), 0, most), most <= 2^20.
// The membrane is what was there before; the trace is what is left.
inline constexpr int64_t kMostCount = int64_t{1} << 20;
FireCount count_all(int32_t most, const FireRun& run);

}  // namespace nc
