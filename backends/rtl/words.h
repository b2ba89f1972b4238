// Words of a memory, as $readmemh reads them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nc {

// Fields side by side, the first one lowest.
class RtlWord {
 public:
  // The lowest `bits` of `value`, in two's complement.
  RtlWord& add(int64_t value, int64_t bits);
  std::string hex() const;
  int64_t bits() const { return static_cast<int64_t>(bits_.size()); }

 private:
  std::vector<bool> bits_;
};

// A table in a file; at least two words, so that an address has a bit.
struct RtlTable {
  std::string file;  // "weights/fc1.hex"
  int64_t bits = 0;
  std::vector<std::string> words;

  int64_t size() const { return static_cast<int64_t>(words.size()); }
  void add(const RtlWord& word);
  void fill();  // up to two words
  std::string text() const;
};

// Bits of an address, or of a field, that counts up to `most`; at least 1.
int64_t unsigned_bits(int64_t most);

}  // namespace nc
