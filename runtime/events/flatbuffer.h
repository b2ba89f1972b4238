// As much of FlatBuffers as reading AEDAT 4 takes, with every position checked
// against the size of the buffer. A buffer begins with the position of its
// root table and four letters that say what it is; a table begins with the
// distance back to its vtable, which lists where each field stands in the
// table (0: absent). Vectors and strings are a distance, a count, and values.
// (https://flatbuffers.dev/internals)
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nc {

class FlatTable {
 public:
  using Bytes = std::span<const uint8_t>;

  // The root table of `buffer`, which must carry the identifier. Throws Error
  // that begins with it, as all functions here: "IOHE: ...".
  FlatTable(Bytes buffer, std::string_view identifier);

  // Fields by number, in the order of the schema.
  int64_t integer(size_t field, size_t size, int64_t absent) const;
  std::string text(size_t field) const;  // absent: empty
  Bytes vector(size_t field,
               size_t item_size) const;  // its values; absent: none

  // The four letters of a buffer, or fewer.
  static std::string identifier(Bytes buffer);

 private:
  uint64_t number(uint64_t at, size_t size) const;
  std::optional<uint64_t> place(size_t field, size_t size) const;
  [[noreturn]] void fail(const std::string& message) const;

  Bytes buffer_;
  std::string identifier_;
  uint64_t table_ = 0;
  uint64_t vtable_ = 0;
  uint64_t vtable_size_ = 0;
  uint64_t table_size_ = 0;
};

}  // namespace nc
