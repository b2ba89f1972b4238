// Event-driven convolutions: only the weights that meet a spike are touched.
// Any window and payload; event_scatter.h has a way for some.
//
// For one output position the weight rows [out] of all active inputs of its
// window are summed in registers, in 16 bits as long as the bound
// rows * max |w| <= 32767 proves that nothing overflows, then in 32. A payload
// of n counts as n events.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/cpu/layout.h"

namespace nc {

// The active inputs of a value, row of positions by row. An entry is
// column * channels + channel: the windows of one row of taps are then one run
// of entries, whose weights lie side by side as well.
struct EventList {
  std::vector<uint32_t> begin;  // [positions + 1] into `entry`
  std::vector<uint32_t> entry;

  int64_t size() const { return begin.empty() ? 0 : begin.back(); }
};

struct EventLists {
  EventList spiked;
  EventList taken_back;    // payloads below 0
  bool units_only = true;  // no payload beyond -1 and 1

  int64_t size() const { return spiked.size() + taken_back.size(); }
};

// Cells hold payload - low, as [images, height, width, channels]; low > -255.
void list_events(const uint8_t* cells, int64_t images, const Layout& layout,
                 int32_t low, EventLists& lists);

class EventRows {
 public:
  // weight: [out, in, kernel_h, kernel_w]; one group.
  EventRows(const Window& window, std::span<const int8_t> weight);

  // Sums for `block` of the output into sums [steps, samples, positions, out],
  // whatever they held. `lists` are those of `samples` samples.
  void run(const EventLists& lists, int64_t samples, const Block& block,
           int32_t* sums) const;

  int64_t bytes() const { return static_cast<int64_t>(weight_.size()); }

 private:
  Window window_;
  int64_t padded_out_;            // a multiple of the widest vector
  int64_t largest_ = 1;           // max |w|
  bool never_overflows_ = false;  // all rows at once fit 16 bits
  std::vector<int8_t> weight_;    // [tap, in, padded_out_]
};

}  // namespace nc
