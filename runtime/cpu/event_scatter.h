// Event-driven 3x3 convolutions, spike by spike: a spike adds one row of
// weights, [9 taps, out], to the nine outputs around it.
//
// The sums of a position's neighbourhood stay in registers while all channels
// that spike there are added, in 16 bits: the inputs are taken in groups whose
// sum of |w| proves that no output overflows, and between groups the sums go
// into 32 bits. No list of events is needed. event_rows.h gathers spikes output
// by output instead, and takes any window and payload.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "runtime/cpu/layout.h"

namespace nc {

class EventScatter {
 public:
  // weight: [out, in, 3, 3]; payloads are `low` to `high`. Nothing when it
  // cannot compute this: it takes stride 1, padding 1, payloads of -1, 0, 1.
  static std::optional<EventScatter> make(const Window& window,
                                          std::span<const int8_t> weight,
                                          int32_t low, int64_t high);

  // Sums for whole rows of the output, sums [steps, samples, positions, out],
  // whatever they held. Cells hold payload - low, as [steps, samples, height,
  // width, in] with `samples` samples.
  void run(const uint8_t* cells, int64_t samples, const Block& block,
           int32_t* sums) const;

 private:
  friend struct ScatterJob;

  // Inputs whose sums fit 16 bits: words of 64 channels.
  struct Group {
    int64_t first_word = 0, words = 0;
  };

  EventScatter() = default;
  bool find_groups(std::span<const int8_t> weight);
  void arrange(std::span<const int8_t> weight);

  Layout in_;
  int64_t out_ = 0;
  int32_t low_ = 0;
  int64_t chunk_ = 0;  // channels of the output that are summed at once
  std::vector<Group> groups_;
  std::vector<int8_t> weight_;  // [out / chunk, in, 9, chunk]
};

}  // namespace nc
