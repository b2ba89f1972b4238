// The bytes of a recording as they come: no seeking, so that pipes do as well
// as files; never more is asked for than is needed, so that a reader does not
// wait for bytes that it could do without. Errors name the byte.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace nc {

class ByteSource {
 public:
  explicit ByteSource(std::istream& stream) : stream_(&stream) {}

  // The next `size` bytes without taking them; fewer only at the end.
  std::string_view peek(size_t size);
  bool at_end() { return peek(1).empty(); }

  // Takes `size` bytes. False at the end; an Error when it ends within them.
  // What follows until the next call of read() is said to be at this byte.
  bool read(void* bytes, size_t size);

  // Takes `size` bytes of something that has begun: the end is an Error.
  void require(void* bytes, size_t size);
  // The same into a new vector; memory is taken only as bytes arrive.
  std::vector<uint8_t> require(size_t size);
  void skip(uint64_t size);

  static constexpr size_t kMaxLine = 1 << 16;
  // Takes a line of at most `limit` bytes, without its "\n" or "\r\n".
  std::string line(size_t limit = kMaxLine);

  uint64_t offset() const { return offset_; }

  // Throws Error "byte N: ...", N being where the last read() began.
  [[noreturn]] void fail(const std::string& message) const;

 private:
  size_t take(char* bytes, size_t size);

  std::istream* stream_;
  std::string ahead_;     // bytes that were peeked at
  uint64_t offset_ = 0;   // of the next byte to take
  uint64_t started_ = 0;  // where the last read() or line() began
};

}  // namespace nc
