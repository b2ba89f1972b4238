// Which of up to 64 cells hold a value, as bits. Included once per instruction
// set (the guard follows Highway's rule for such headers).
#if defined(NC_ACTIVE_BITS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef NC_ACTIVE_BITS_INL_H
#undef NC_ACTIVE_BITS_INL_H
#else
#define NC_ACTIVE_BITS_INL_H
#endif

#include <hwy/highway.h>

#include <cstdint>
#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace nc {
namespace HWY_NAMESPACE {

// Bit i: cell i of the next `count` <= 64 is `value`.
HWY_INLINE uint64_t bits_of(const uint8_t* cells, int64_t count,
                            uint8_t value) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<uint8_t> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  uint64_t bits = 0;
  int64_t at = 0;
  for (; at + lanes <= count; at += lanes) {
    uint8_t mask[8] = {};
    auto equal = hn::Eq(hn::LoadU(d, cells + at), hn::Set(d, value));
    hn::StoreMaskBits(d, equal, mask);
    uint64_t part;
    std::memcpy(&part, mask, sizeof part);
    bits |= part << at;
  }
  for (; at < count; ++at) {
    bits |= static_cast<uint64_t>(cells[at] == value) << at;
  }
  return bits;
}

}  // namespace HWY_NAMESPACE
}  // namespace nc
HWY_AFTER_NAMESPACE();
#endif
