// One group of samples on its way through a plan, layer by layer and window of
// steps by window: the stored values, the membranes, and what they cost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/cpu/path_choice.h"
#include "runtime/cpu/plan.h"
#include "runtime/cpu/terms.h"

namespace nc {

// Called for each stage that fires, when it has its spikes of a window: later
// stages take its memory.
using StageObserver = std::function<void(size_t stage)>;

// Sums of a dense block, or of one by events whose weights stay in the cache;
// a dense block of a larger step holds that step.
inline constexpr int64_t kBlockCells = 64 << 10;

struct SessionOptions {
  int64_t samples = 1;     // at most, at once
  int64_t window = 1;      // steps at a time; 1 where the network feeds back
  int threads = 1;         // that work on one layer
  bool membranes = false;  // keep those after each step
  bool lists = true;       // of events may be made
  PathPolicy path = PathPolicy::measured;
};

// The most memory that a session takes for stored values, states, lists of
// events and sums, in bytes; weights aside.
int64_t session_bytes(const Plan& plan, const SessionOptions& options);
// Whether no list of events grows beyond what its offsets can count.
bool can_list_events(const Plan& plan, const SessionOptions& options);

class Session {
 public:
  Session(const Plan& plan, const SessionOptions& options);

  // Forgets all membranes; the next samples are so many.
  void start(int64_t samples);

  // Computes the next `steps` <= window steps from inputs [samples,
  // input_steps, elements], channels first; step 0 of the inputs comes first
  // in this window, or is that of every step when input_steps = 1.
  void advance(const float* inputs, int64_t input_steps, int64_t input_step,
               int64_t steps, const StageObserver& observe = {});

  // Of the last window, [steps, samples, elements]: the readout after each
  // step: a sum over all steps so far, or the last value.
  const std::vector<int64_t>& read_out() const { return read_out_; }
  // To be called by the observer: one step and sample of the stage's spikes and
  // membranes, in the IR's order.
  void copy_spikes(size_t stage, int64_t step, int64_t sample, int32_t* to);
  void copy_membranes(size_t stage, int64_t step, int64_t sample, double* to);

  // Spikes per stage since the last call.
  std::vector<FireCount> take_counts() {
    return std::exchange(counts_, std::vector<FireCount>(counts_.size()));
  }
  const std::vector<PathChoice>& choices() const { return choices_; }

 private:
  friend struct StageRun;

  int64_t cells(size_t stage) const;  // of one step
  void take_lists(size_t stage);
  void give_lists_back(size_t reader);
  const std::vector<int64_t>& order(size_t stage);

  const Plan& plan_;
  SessionOptions options_;
  int64_t samples_ = 0;
  int64_t steps_ = 0;  // of this window
  bool first_window_ = true;
  const float* inputs_ = nullptr;
  int64_t input_steps_ = 1;
  int64_t input_step_ = 0;
  std::unique_ptr<std::byte[]> memory_;
  std::vector<StoredValue> values_;
  // Per stage, where it has such:
  std::vector<std::vector<int32_t>> membranes_;   // [samples, elements]
  std::vector<std::vector<int32_t>> net_counts_;  // likewise
  std::vector<std::vector<int32_t>> unchanging_;  // likewise, currents
  std::vector<std::vector<int32_t>> constants_;   // with those that vary
  std::vector<std::vector<int32_t>> traces_;      // [steps, samples, elements]
  std::vector<EventLists> events_;
  std::vector<bool> listed_;  // whose events_ are those of this window
  std::vector<EventLists> free_lists_;
  std::vector<std::vector<int64_t>> order_;
  std::vector<int64_t> total_, read_out_;
  std::vector<FireCount> counts_, fired_;  // fired_: in this window
  std::vector<PathChoice> choices_;
  std::vector<Scratch> scratch_;              // per thread
  std::vector<std::vector<int32_t>> blocks_;  // per thread
};

}  // namespace nc
