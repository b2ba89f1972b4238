// Compiled once per instruction set, as fire.cpp is.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/cpu/event_rows.cpp"
#include <hwy/foreach_target.h>
// This comment keeps the order: highway.h comes after foreach_target.h.
#include <hwy/highway.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>

#include "runtime/cpu/active_bits-inl.h"
#include "runtime/cpu/event_rows.h"

#ifndef NC_EVENT_JOB
#define NC_EVENT_JOB
namespace nc {

struct EventJob {
  const Window& window;
  const int8_t* weight;  // [tap, in, padded_out]
  int64_t padded_out;
  int64_t most_rows;         // before 16 bits could overflow
  int64_t channels_at_once;  // whose weights stay in the cache
  const EventLists& lists;
  int64_t samples;  // of the lists
};

// Taps side by side that lie inside the input: the positions that they read,
// and the weights that entry 0 of the input's row would meet.
struct TapRun {
  const int8_t* weight;
  int64_t position;
  int64_t positions;
};

}  // namespace nc
#endif

HWY_BEFORE_NAMESPACE();
namespace nc {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Halves = hn::ScalableTag<int16_t>;

// Sums the active rows of kVectors vectors of channels for one output position.
template <int kVectors>
class Accumulator {
 public:
  HWY_INLINE Accumulator(const EventJob& job, int32_t* sums)
      : padded_out_(job.padded_out),
        most_rows_(job.most_rows),
        room_(job.most_rows),
        sums_(sums) {
    for (int i = 0; i < kVectors; ++i) sum_[i] = hn::Zero(Halves());
  }

  template <bool kSubtract>
  HWY_INLINE void add(const int8_t* weights, const uint32_t* entry,
                      const uint32_t* end) {
    while (entry < end) {
      const uint32_t* stop = entry + std::min<int64_t>(end - entry, room_);
      room_ -= stop - entry;
      for (; entry < stop; ++entry) {
        add_row<kSubtract>(weights + int64_t{*entry} * padded_out_);
      }
      if (room_ == 0) flush();
    }
  }

  // Takes the 16-bit sums into the 32-bit ones.
  HWY_INLINE void flush() {
    const hn::ScalableTag<int32_t> words;
    const hn::Rebind<int16_t, decltype(words)> narrow;
    const size_t lanes = hn::Lanes(Halves());
    HWY_ALIGN int16_t sum[HWY_MAX_BYTES / sizeof(int16_t)];
    for (int i = 0; i < kVectors; ++i) {
      hn::Store(sum_[i], Halves(), sum);
      sum_[i] = hn::Zero(Halves());
      int32_t* to = sums_ + static_cast<size_t>(i) * lanes;
      for (size_t k = 0; k < lanes; k += hn::Lanes(words)) {
        auto wide = hn::PromoteTo(words, hn::LoadU(narrow, sum + k));
        if (flushed_) wide = hn::Add(wide, hn::LoadU(words, to + k));
        hn::StoreU(wide, words, to + k);
      }
    }
    flushed_ = true;
    room_ = most_rows_;
  }

 private:
  template <bool kSubtract>
  HWY_INLINE void add_row(const int8_t* row) {
    const Halves halves;
    const hn::Rebind<int8_t, Halves> bytes;
#pragma GCC unroll 8  // so that the sums stay in registers
    for (int i = 0; i < kVectors; ++i) {
      auto weight = hn::PromoteTo(halves, hn::LoadU(bytes, row));
      sum_[i] = kSubtract ? hn::Sub(sum_[i], weight) : hn::Add(sum_[i], weight);
      row += hn::Lanes(halves);
    }
  }

  int64_t padded_out_;
  int64_t most_rows_;
  int64_t room_;
  int32_t* sums_;
  bool flushed_ = false;
  hn::VFromD<Halves> sum_[kVectors];
};

template <bool kSubtract, int kVectors>
HWY_INLINE void add_list(Accumulator<kVectors>& accumulator,
                         const EventList& list, const TapRun* runs,
                         int64_t count, int64_t first) {
  const uint32_t* begin = list.begin.data();
  const uint32_t* entry = list.entry.data();
  for (const TapRun* run = runs; run < runs + count; ++run) {
    const uint32_t* at = begin + run->position;
    accumulator.template add<kSubtract>(run->weight + first, entry + at[0],
                                        entry + at[run->positions]);
  }
}

template <int kVectors>
HWY_INLINE void sum_vectors(const EventJob& job, const TapRun* runs,
                            int64_t count, int64_t first, int32_t* sums) {
  Accumulator<kVectors> accumulator(job, sums);
  add_list<false>(accumulator, job.lists.spiked, runs, count, first);
  if (job.lists.taken_back.size() > 0) {
    add_list<true>(accumulator, job.lists.taken_back, runs, count, first);
  }
  accumulator.flush();
}

// `count` channels from `first` on; a multiple of the lanes.
HWY_INLINE void sum_channels(const EventJob& job, const TapRun* runs,
                             int64_t run_count, int64_t first, int64_t count,
                             int32_t* sums) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(Halves()));
  const int64_t end = first + count;
  for (; end - first >= 8 * lanes; first += 8 * lanes, sums += 8 * lanes) {
    sum_vectors<8>(job, runs, run_count, first, sums);
  }
  if (end - first >= 4 * lanes) {
    sum_vectors<4>(job, runs, run_count, first, sums);
    first += 4 * lanes, sums += 4 * lanes;
  }
  if (end - first >= 2 * lanes) {
    sum_vectors<2>(job, runs, run_count, first, sums);
    first += 2 * lanes, sums += 2 * lanes;
  }
  if (end - first >= lanes) {
    sum_vectors<1>(job, runs, run_count, first, sums);
  }
}

// The runs of taps of one output position, for the image that starts at input
// position `start`. Dilated windows have runs of one tap.
int64_t find_runs(const EventJob& job, int64_t at, int64_t start,
                  TapRun* runs) {
  const Window& w = job.window;
  const int64_t channels = w.in.channels * job.padded_out;
  int64_t count = 0;
  int64_t last_tap = -2;
  for_each_tap(w, at, [&](int64_t tap, int64_t position) {
    bool beside = tap == last_tap + 1 && tap % w.kernel_w != 0;
    last_tap = tap;
    if (beside && w.dilation_w == 1) {
      ++runs[count - 1].positions;
      return;
    }
    int64_t column = position % w.in.width;
    runs[count++] = {job.weight + (tap - column) * channels, start + position,
                     1};
  });
  return count;
}

// One output position of one sample, at all steps of the block.
void sum_position(const EventJob& job, const Block& block, int64_t first,
                  int64_t sample, int64_t position, TapRun* runs,
                  int32_t* padded, int32_t* sums) {
  const Window& w = job.window;
  const int64_t image = w.in.positions();
  int64_t start = (block.step * job.samples + sample) * image;
  int64_t run_count = find_runs(job, position, start, runs);
  int64_t channels = std::min(job.channels_at_once, job.padded_out - first);
  int64_t wanted = std::min(channels, w.out.channels - first);
  int64_t stride = block.samples * block.positions * w.out.channels;
  for (int64_t step = 0; step < block.steps; ++step) {
    int32_t* to = sums + step * stride;
    if (wanted == channels) {
      sum_channels(job, runs, run_count, first, channels, to);
    } else {
      sum_channels(job, runs, run_count, first, channels, padded);
      std::copy(padded, padded + wanted, to);
    }
    for (int64_t i = 0; i < run_count; ++i) {
      runs[i].position += job.samples * image;
    }
  }
}

void SumBlock(const EventJob& job, const Block& block, int32_t* sums) {
  const int64_t out = job.window.out.channels;
  std::vector<TapRun> runs(static_cast<size_t>(job.window.taps()));
  std::vector<int32_t> padded(static_cast<size_t>(job.channels_at_once));
  for (int64_t first = 0; first < out; first += job.channels_at_once) {
    int32_t* to = sums + first;
    for (int64_t s = 0; s < block.samples; ++s) {
      for (int64_t p = 0; p < block.positions; ++p, to += out) {
        sum_position(job, block, first, block.sample + s, block.position + p,
                     runs.data(), padded.data(), to);
      }
    }
  }
}

// A list on its way, with room for more than it holds.
struct OpenList {
  EventList& list;
  size_t size = 0;

  uint32_t* room(size_t more) {
    if (size + more > list.entry.size()) {
      list.entry.resize(2 * list.entry.size() + more);
    }
    return list.entry.data() + size;
  }

  // Entries first + i for all bits i.
  HWY_INLINE void append(uint64_t bits, uint32_t first) {
    if (bits == 0) return;
    const hn::ScalableTag<uint32_t> d;
    const size_t lanes = hn::Lanes(d);
    uint32_t* to = room(64 + lanes);
    auto entries = hn::Iota(d, first);
    const auto next = hn::Set(d, static_cast<uint32_t>(lanes));
    size += static_cast<size_t>(std::popcount(bits));
    for (size_t at = 0; at < 64; at += lanes) {
      uint64_t some = bits >> at & ((uint64_t{1} << lanes) - 1);
      uint8_t mask[8];
      std::memcpy(mask, &some, sizeof some);
      hn::StoreU(hn::Compress(entries, hn::LoadMaskBits(d, mask)), d, to);
      to += std::popcount(some);
      entries = hn::Add(entries, next);
    }
  }

  // The same entry as often as the payload says.
  void append_times(uint32_t entry, int32_t times) {
    std::fill_n(room(static_cast<size_t>(times)), times, entry);
    size += static_cast<size_t>(times);
  }
};

void ListEvents(const uint8_t* cells, int64_t images, const Layout& layout,
                int32_t low, EventLists& lists) {
  const int64_t rows = images * layout.positions();
  const int64_t channels = layout.channels;
  const uint8_t zero = static_cast<uint8_t>(-low);
  OpenList spiked{lists.spiked}, taken_back{lists.taken_back};
  for (int64_t row = 0; row < rows; ++row, cells += channels) {
    lists.spiked.begin.data()[row] = static_cast<uint32_t>(spiked.size);
    lists.taken_back.begin.data()[row] = static_cast<uint32_t>(taken_back.size);
    const int64_t column = row % layout.width * channels;
    for (int64_t at = 0; at < channels; at += 64) {
      const int64_t count = std::min<int64_t>(64, channels - at);
      const uint32_t first = static_cast<uint32_t>(column + at);
      const uint8_t* here = cells + at;
      uint64_t ones = bits_of(here, count, static_cast<uint8_t>(zero + 1));
      spiked.append(ones, first);
      uint64_t silent = bits_of(here, count, zero);
      uint64_t minus = 0;
      if (zero > 0) {
        minus = bits_of(here, count, static_cast<uint8_t>(zero - 1));
        taken_back.append(minus, first);
      }
      uint64_t all = ~uint64_t{0} >> (64 - count);
      uint64_t others = all & ~(ones | silent | minus);
      if (others != 0) lists.units_only = false;
      for (; others != 0; others &= others - 1) {
        int bit = std::countr_zero(others);
        uint32_t entry = first + static_cast<uint32_t>(bit);
        int32_t payload = here[bit] + low;
        if (payload > 0) {
          spiked.append_times(entry, payload);
        } else {
          taken_back.append_times(entry, -payload);
        }
      }
    }
  }
  lists.spiked.begin.data()[rows] = static_cast<uint32_t>(spiked.size);
  lists.taken_back.begin.data()[rows] = static_cast<uint32_t>(taken_back.size);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nc {
namespace {

constexpr int64_t kWidestVector = 64;           // channels
constexpr int64_t kWeightsInCache = 640 << 10;  // bytes

int64_t rounded_up(int64_t value, int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace

HWY_EXPORT(SumBlock);
HWY_EXPORT(ListEvents);

void list_events(const uint8_t* cells, int64_t images, const Layout& layout,
                 int32_t low, EventLists& lists) {
  size_t rows = static_cast<size_t>(images * layout.positions());
  lists.units_only = true;
  lists.spiked.begin.resize(rows + 1);
  lists.taken_back.begin.resize(rows + 1);
  HWY_DYNAMIC_DISPATCH(ListEvents)(cells, images, layout, low, lists);
}

EventRows::EventRows(const Window& window, std::span<const int8_t> weight)
    : window_(window),
      padded_out_(rounded_up(window.out.channels, kWidestVector)) {
  int64_t taps = window.taps(), in = window.in.channels;
  weight_.resize(static_cast<size_t>(taps * in * padded_out_));
  const int8_t* next = weight.data();
  int64_t most = 0;
  for (int64_t o = 0; o < window.out.channels; ++o) {
    int64_t total = 0;
    for (int64_t i = 0; i < in; ++i) {
      for (int64_t tap = 0; tap < taps; ++tap, ++next) {
        weight_[static_cast<size_t>((tap * in + i) * padded_out_ + o)] = *next;
        largest_ = std::max<int64_t>(largest_, std::abs(*next));
        total += std::abs(*next);
      }
    }
    most = std::max(most, total);
  }
  never_overflows_ = most <= INT16_MAX;
}

void EventRows::run(const EventLists& lists, int64_t samples,
                    const Block& block, int32_t* sums) const {
  bool unbounded = never_overflows_ && lists.units_only;
  int64_t row = window_.taps() * window_.in.channels;
  int64_t at_once =
      std::max(kWeightsInCache / row / kWidestVector, int64_t{1}) *
      kWidestVector;
  EventJob job{window_,
               weight_.data(),
               padded_out_,
               unbounded ? INT64_MAX : INT16_MAX / largest_,
               std::min(at_once, padded_out_),
               lists,
               samples};
  HWY_DYNAMIC_DISPATCH(SumBlock)(job, block, sums);
}

}  // namespace nc
#endif  // HWY_ONCE
