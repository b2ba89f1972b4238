// The currents of a stage's terms, block by block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/cpu/plan.h"

namespace nc {

// Sums are taken modulo 2^32, in any order; those that are used fit (plan.h).
inline int32_t wrapped_sum(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) +
                              static_cast<uint32_t>(b));
}

// A stage's value: [steps, samples, positions, channels].
struct StoredValue {
  std::byte* data = nullptr;
  int64_t steps = 1;

  uint8_t* bytes() const { return reinterpret_cast<uint8_t*>(data); }
  int32_t* words() const { return reinterpret_cast<int32_t*>(data); }
};

// What one thread needs on the way; grows as needed.
struct Scratch {
  std::vector<uint8_t> digits;
  std::vector<int32_t> product;
  std::vector<int32_t> second;  // of a second convolution
};

// What a term reads.
struct TermSource {
  const Stage* stage = nullptr;
  StoredValue value;
  int64_t samples = 1;                 // that the value holds
  bool by_events = false;              // how convolutions are computed
  const EventLists* events = nullptr;  // where such a one needs them
};

// Writes (first) or adds the term's current for `block` to `sums`, laid out as
// the block: [steps, samples, positions, channels]. Dense convolutions want
// blocks of all samples and positions.
void add_term(const Term& term, const TermSource& source, const Layout& out,
              const Block& block, bool first, int32_t* sums, Scratch& scratch);

// Calls visit(cells, low, step, sample) for each step and sample of a block:
// cells is the first of the whole image, as bytes (low to be added) or words
// (low = 0).
template <class Visit>
void for_each_row(const TermSource& source, const Block& block, Visit visit) {
  const Layout& layout = source.stage->layout;
  for (int64_t t = 0; t < block.steps; ++t) {
    int64_t step = source.value.steps == 1 ? 0 : block.step + t;
    for (int64_t s = 0; s < block.samples; ++s) {
      int64_t image = step * source.samples + block.sample + s;
      int64_t at = image * layout.elements();
      if (source.stage->storage.bytes) {
        visit(source.value.bytes() + at, source.stage->storage.low, t, s);
      } else {
        visit(source.value.words() + at, int32_t{0}, t, s);
      }
    }
  }
}

}  // namespace nc
