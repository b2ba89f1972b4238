// Compiled once per instruction set, as fire.cpp is.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "runtime/cpu/event_scatter.cpp"
#include <hwy/foreach_target.h>
// This comment keeps the order: highway.h comes after foreach_target.h.
#include <hwy/highway.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdlib>

#include "runtime/cpu/active_bits-inl.h"
#include "runtime/cpu/event_scatter.h"

#ifndef NC_SCATTER_JOB
#define NC_SCATTER_JOB
namespace nc {

constexpr int64_t kTaps = 9;

// One chunk of the outputs, one group of the inputs, one step of one sample.
struct ScatterJob {
  Layout in;
  int64_t chunk;
  const int8_t* weight;  // of the chunk and the group
  const uint8_t* cells;  // of the step and sample, from the group's channel on
  int64_t channels;      // of the group
  int32_t low;
  int64_t top, bottom;  // rows of the output
  int16_t* sums;        // [bottom - top, width + 2, chunk], cleared

  int64_t row() const { return (in.width + 2) * chunk; }
};

// The sums of a ScatterJob on their way into 32 bits.
struct ScatterFlush {
  const int16_t* sums;
  int64_t rows, width, chunk;
  int32_t* to;       // of the chunk's first channel
  int64_t out;       // channels there
  int64_t channels;  // of the chunk that exist
  bool add;
};

}  // namespace nc
#endif

HWY_BEFORE_NAMESPACE();
namespace nc {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Halves = hn::ScalableTag<int16_t>;

int64_t Lanes16() { return static_cast<int64_t>(hn::Lanes(Halves())); }

// The sums around one position: kRows rows of three outputs, of kVectors
// vectors of channels each.
template <int kVectors, int kRows>
class Neighbourhood {
 public:
  HWY_INLINE Neighbourhood(int16_t* sums, int64_t row)
      : sums_(sums), row_(row) {
#pragma GCC unroll 3
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 6
      for (int i = 0; i < kAcross; ++i) {
        sum_[r * kAcross + i] = hn::LoadU(Halves(), at(r, i));
      }
    }
  }

  template <bool kSubtract>
  HWY_INLINE void add(const int8_t* weight) {
    const Halves halves;
    const hn::Rebind<int8_t, Halves> bytes;
#pragma GCC unroll 18  // so that the sums stay in registers
    for (int i = 0; i < kRows * kAcross; ++i) {
      auto w = hn::PromoteTo(halves, hn::LoadU(bytes, weight));
      sum_[i] = kSubtract ? hn::Sub(sum_[i], w) : hn::Add(sum_[i], w);
      weight += hn::Lanes(halves);
    }
  }

  HWY_INLINE void store() const {
#pragma GCC unroll 3
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 6
      for (int i = 0; i < kAcross; ++i) {
        hn::StoreU(sum_[r * kAcross + i], Halves(), at(r, i));
      }
    }
  }

 private:
  static constexpr int kAcross = 3 * kVectors;

  HWY_INLINE int16_t* at(int r, int i) const {
    return sums_ + r * row_ + i * static_cast<int64_t>(hn::Lanes(Halves()));
  }

  int16_t* sums_;
  int64_t row_;
  hn::VFromD<Halves> sum_[kRows * kAcross];
};

// Adds the rows of weights of one position's spikes. `weight` is that of the
// first row of the neighbourhood.
template <int kVectors, int kRows>
HWY_INLINE void scatter_position(const ScatterJob& job, const uint8_t* cells,
                                 const int8_t* weight, int16_t* sums) {
  const uint8_t zero = static_cast<uint8_t>(-job.low);
  Neighbourhood<kVectors, kRows> around(sums, job.row());
  for (int64_t at = 0; at < job.channels; at += 64) {
    const int64_t count = std::min<int64_t>(64, job.channels - at);
    const int8_t* first = weight + at * kTaps * job.chunk;
    uint64_t bits = bits_of(cells + at, count, static_cast<uint8_t>(zero + 1));
    for (; bits != 0; bits &= bits - 1) {
      around.template add<false>(first +
                                 std::countr_zero(bits) * kTaps * job.chunk);
    }
    if (zero == 0) continue;
    bits = bits_of(cells + at, count, 0);
    for (; bits != 0; bits &= bits - 1) {
      around.template add<true>(first +
                                std::countr_zero(bits) * kTaps * job.chunk);
    }
  }
  around.store();
}

// One row of the input; kRows rows of the output from `first` on.
template <int kVectors, int kRows>
void scatter_row(const ScatterJob& job, int64_t y, int64_t first) {
  const uint8_t* cells = job.cells + y * job.in.width * job.in.channels;
  const int8_t* weight = job.weight + (first - (y - 1)) * 3 * job.chunk;
  int16_t* sums = job.sums + (first - job.top) * job.row();
  for (int64_t x = 0; x < job.in.width; ++x) {
    scatter_position<kVectors, kRows>(job, cells, weight, sums);
    cells += job.in.channels;
    sums += job.chunk;
  }
}

template <int kVectors>
void scatter(const ScatterJob& job) {
  const int64_t stop = std::min(job.in.height, job.bottom + 1);
  for (int64_t y = std::max<int64_t>(0, job.top - 1); y < stop; ++y) {
    const int64_t first = std::max(y - 1, job.top);
    switch (std::min(y + 2, job.bottom) - first) {
      case 1:
        scatter_row<kVectors, 1>(job, y, first);
        break;
      case 2:
        scatter_row<kVectors, 2>(job, y, first);
        break;
      default:
        scatter_row<kVectors, 3>(job, y, first);
    }
  }
}

void Scatter(const ScatterJob& job) {
  if (job.chunk == Lanes16()) {
    scatter<1>(job);
  } else {
    scatter<2>(job);
  }
}

// Chunks of two vectors where there are registers for nine of them.
int64_t ChunkFor(int64_t out) {
  const bool wide = Lanes16() >= 32 && out > Lanes16();
  return wide ? 2 * Lanes16() : Lanes16();
}

void flush_position(const int16_t* from, int64_t count, bool add, int32_t* to) {
  const hn::ScalableTag<int32_t> words;
  const hn::Rebind<int16_t, decltype(words)> narrow;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(words));
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    auto sum = hn::PromoteTo(words, hn::LoadU(narrow, from + i));
    if (add) sum = hn::Add(sum, hn::LoadU(words, to + i));
    hn::StoreU(sum, words, to + i);
  }
  for (; i < count; ++i) to[i] = from[i] + (add ? to[i] : 0);
}

void Flush(const ScatterFlush& job) {
  int32_t* to = job.to;
  for (int64_t y = 0; y < job.rows; ++y) {
    const int16_t* from = job.sums + (y * (job.width + 2) + 1) * job.chunk;
    for (int64_t x = 0; x < job.width; ++x, to += job.out, from += job.chunk) {
      flush_position(from, job.channels, job.add, to);
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nc {
namespace {

HWY_EXPORT(Scatter);
HWY_EXPORT(Flush);
HWY_EXPORT(ChunkFor);

constexpr int64_t kWord = 64;  // channels

// Same size on either side, every neighbour a tap.
bool is_neighbourhood(const Window& w) {
  return w.kernel_h == 3 && w.kernel_w == 3 && w.stride_h == 1 &&
         w.stride_w == 1 && w.padding_h == 1 && w.padding_w == 1 &&
         w.dilation_h == 1 && w.dilation_w == 1 && w.groups == 1 &&
         w.in.height == w.out.height && w.in.width == w.out.width;
}

}  // namespace

std::optional<EventScatter> EventScatter::make(const Window& window,
                                               std::span<const int8_t> weight,
                                               int32_t low, int64_t high) {
  if (!is_neighbourhood(window) || low < -1 || high > 1) return {};
  EventScatter result;
  result.in_ = window.in;
  result.out_ = window.out.channels;
  result.low_ = low;
  result.chunk_ = HWY_DYNAMIC_DISPATCH(ChunkFor)(result.out_);
  if (!result.find_groups(weight)) return {};
  result.arrange(weight);
  return result;
}

// As many words as fit 16 bits; false where not even one does.
bool EventScatter::find_groups(std::span<const int8_t> weight) {
  const int64_t words = (in_.channels + kWord - 1) / kWord;
  std::vector<int64_t> total(static_cast<size_t>(out_));  // of the last group
  for (int64_t word = 0; word < words; ++word) {
    const int64_t begin = word * kWord;
    const int64_t end = std::min(begin + kWord, in_.channels);
    std::vector<int64_t> more(static_cast<size_t>(out_));
    bool fits = !groups_.empty();
    for (int64_t o = 0; o < out_; ++o) {
      const int8_t* row = weight.data() + o * in_.channels * kTaps;
      int64_t& sum = more[static_cast<size_t>(o)];
      for (int64_t i = begin * kTaps; i < end * kTaps; ++i) {
        sum += std::abs(row[i]);
      }
      if (sum > INT16_MAX) return false;
      fits = fits && total[static_cast<size_t>(o)] + sum <= INT16_MAX;
    }
    if (fits) {
      ++groups_.back().words;
      std::transform(more.begin(), more.end(), total.begin(), total.begin(),
                     std::plus<>());
    } else {
      groups_.push_back({word, 1});
      total = more;
    }
  }
  return true;
}

// Tap k of a spike's row meets output k of its neighbourhood, from top left to
// bottom right: the window's taps the other way round.
void EventScatter::arrange(std::span<const int8_t> weight) {
  const int64_t chunks = (out_ + chunk_ - 1) / chunk_;
  weight_.resize(static_cast<size_t>(chunks * in_.channels * kTaps * chunk_));
  const int8_t* next = weight.data();
  for (int64_t o = 0; o < out_; ++o) {
    int8_t* to = weight_.data() + o / chunk_ * in_.channels * kTaps * chunk_ +
                 o % chunk_;
    for (int64_t i = 0; i < in_.channels; ++i, to += kTaps * chunk_) {
      for (int64_t tap = kTaps; tap-- > 0;) to[tap * chunk_] = *next++;
    }
  }
}

void EventScatter::run(const uint8_t* cells, int64_t samples,
                       const Block& block, int32_t* sums) const {
  assert(block.position % in_.width == 0 && block.positions % in_.width == 0);
  ScatterJob job;
  job.in = in_;
  job.chunk = chunk_;
  job.low = low_;
  job.top = block.position / in_.width;
  job.bottom = job.top + block.positions / in_.width;
  std::vector<int16_t> halves(
      static_cast<size_t>((job.bottom - job.top) * job.row()));
  job.sums = halves.data();
  ScatterFlush flush{
      job.sums, job.bottom - job.top, in_.width, chunk_, nullptr, out_, 0,
      false};
  for (int64_t first = 0; first < out_; first += chunk_) {
    flush.channels = std::min(chunk_, out_ - first);
    flush.to = sums + first;
    for (int64_t t = block.step; t < block.step + block.steps; ++t) {
      for (int64_t s = 0; s < block.samples; ++s) {
        const uint8_t* image =
            cells + (t * samples + block.sample + s) * in_.elements();
        for (const Group& group : groups_) {
          const int64_t begin = group.first_word * kWord;
          job.channels = std::min(group.words * kWord, in_.channels - begin);
          job.cells = image + begin;
          job.weight = weight_.data() +
                       (first / chunk_ * in_.channels + begin) * kTaps * chunk_;
          std::fill(halves.begin(), halves.end(), int16_t{0});
          HWY_DYNAMIC_DISPATCH(Scatter)(job);
          flush.add = begin > 0;
          HWY_DYNAMIC_DISPATCH(Flush)(flush);
        }
        flush.to += block.positions * out_;
      }
    }
  }
}

}  // namespace nc
#endif  // HWY_ONCE
