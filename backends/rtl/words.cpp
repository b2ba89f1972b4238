#include "backends/rtl/words.h"

#include <algorithm>
#include <bit>

namespace nc {

RtlWord& RtlWord::add(int64_t value, int64_t bits) {
  for (int64_t i = 0; i < bits; ++i) {
    bits_.push_back(((value >> std::min<int64_t>(i, 63)) & 1) != 0);
  }
  return *this;
}

std::string RtlWord::hex() const {
  std::string text;
  for (size_t digit = (bits_.size() + 3) / 4; digit-- > 0;) {
    unsigned nibble = 0;
    for (size_t i = 0; i < 4 && 4 * digit + i < bits_.size(); ++i) {
      if (bits_[4 * digit + i]) nibble |= 1U << i;
    }
    text += "0123456789abcdef"[nibble];
  }
  return text;
}

void RtlTable::add(const RtlWord& word) {
  bits = word.bits();
  words.push_back(word.hex());
}

void RtlTable::fill() {
  while (words.size() < 2) words.push_back(RtlWord().add(0, bits).hex());
}

std::string RtlTable::text() const {
  std::string text;
  for (const std::string& word : words) text += word + "\n";
  return text;
}

int64_t unsigned_bits(int64_t most) {
  auto bits = std::bit_width(static_cast<uint64_t>(most));
  return std::max<int64_t>(1, static_cast<int64_t>(bits));
}

}  // namespace nc
