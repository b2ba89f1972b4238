#include "runtime/events/flatbuffer.h"

#include "ir/error.h"
#include "runtime/events/numbers.h"

namespace nc {

FlatTable::FlatTable(Bytes buffer, std::string_view wanted)
    : buffer_(buffer), identifier_(wanted) {
  std::string found = identifier(buffer);
  if (found != wanted) fail("expected this identifier, found other data");
  table_ = number(0, 4);
  auto back = static_cast<int32_t>(number(table_, 4));
  vtable_ = table_ - static_cast<uint64_t>(int64_t{back});
  vtable_size_ = number(vtable_, 2);
  table_size_ = number(vtable_ + 2, 2);
  if (vtable_size_ < 4 || vtable_size_ % 2 != 0 || table_size_ < 4) {
    fail("damaged list of fields");
  }
}

std::string FlatTable::identifier(Bytes buffer) {
  if (buffer.size() < 8) return "";
  return {buffer.begin() + 4, buffer.begin() + 8};
}

int64_t FlatTable::integer(size_t field, size_t size, int64_t absent) const {
  auto at = place(field, size);
  if (!at) return absent;
  uint64_t value = number(*at, size);
  return size == 4 ? static_cast<int32_t>(value) : static_cast<int64_t>(value);
}

std::string FlatTable::text(size_t field) const {
  Bytes letters = vector(field, 1);
  return {letters.begin(), letters.end()};
}

FlatTable::Bytes FlatTable::vector(size_t field, size_t item_size) const {
  auto at = place(field, 4);
  if (!at) return {};
  uint64_t start = *at + number(*at, 4);
  uint64_t size = number(start, 4) * item_size;
  start += 4;
  if (size > buffer_.size() - start) {
    fail("expected a list of " + std::to_string(size) + " bytes, found " +
         std::to_string(buffer_.size() - start));
  }
  return buffer_.subspan(start, size);
}

// Every access goes through here.
uint64_t FlatTable::number(uint64_t at, size_t size) const {
  if (at > buffer_.size() || buffer_.size() - at < size) {
    fail("points beyond its end");
  }
  return little_endian(buffer_, at, size);
}

std::optional<uint64_t> FlatTable::place(size_t field, size_t size) const {
  uint64_t entry = 4 + 2 * field;
  if (entry + 2 > vtable_size_) return std::nullopt;
  uint64_t offset = number(vtable_ + entry, 2);
  if (offset == 0) return std::nullopt;
  if (offset + size > table_size_) fail("a field lies outside of its table");
  return table_ + offset;
}

void FlatTable::fail(const std::string& message) const {
  throw Error(identifier_ + ": " + message);
}

}  // namespace nc
