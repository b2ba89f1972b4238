#include "runtime/events/byte_source.h"

#include <algorithm>
#include <ios>
#include <utility>

#include "ir/error.h"

namespace nc {
namespace {

constexpr size_t kChunk = size_t{1} << 16;

// libstdc++ throws from file buffers when the system cannot read.
size_t get(std::istream& stream, char* bytes, size_t size) {
  try {
    auto got = stream.rdbuf()->sgetn(bytes, static_cast<std::streamsize>(size));
    return static_cast<size_t>(got);
  } catch (const std::ios_base::failure&) {
    throw Error("cannot be read");
  }
}

}  // namespace

std::string_view ByteSource::peek(size_t size) {
  size_t have = ahead_.size();
  if (have < size) {
    ahead_.resize(size);
    ahead_.resize(have + get(*stream_, ahead_.data() + have, size - have));
  }
  return std::string_view(ahead_).substr(0, size);
}

size_t ByteSource::take(char* bytes, size_t size) {
  size_t first = std::min(size, ahead_.size());
  std::copy_n(ahead_.begin(), first, bytes);
  ahead_.erase(0, first);
  size_t rest = size == first ? 0 : get(*stream_, bytes + first, size - first);
  offset_ += first + rest;
  return first + rest;
}

bool ByteSource::read(void* bytes, size_t size) {
  started_ = offset_;
  size_t got = take(static_cast<char*>(bytes), size);
  if (got == size) return true;
  if (got == 0) return false;
  fail("expected " + std::to_string(size) + " bytes, found the end after " +
       std::to_string(got));
}

void ByteSource::require(void* bytes, size_t size) {
  size_t got = take(static_cast<char*>(bytes), size);
  if (got < size) {
    fail("expected " + std::to_string(size - got) +
         " bytes more, found the end");
  }
}

std::vector<uint8_t> ByteSource::require(size_t size) {
  std::vector<uint8_t> bytes;
  while (bytes.size() < size) {
    size_t have = bytes.size();
    size_t more = std::min(std::max(kChunk, have), size - have);
    bytes.resize(have + more);
    require(bytes.data() + have, more);
  }
  return bytes;
}

void ByteSource::skip(uint64_t size) {
  std::vector<char> unused(std::min<uint64_t>(size, kChunk));
  while (size > 0) {
    auto now = static_cast<size_t>(std::min<uint64_t>(size, unused.size()));
    require(unused.data(), now);
    size -= now;
  }
}

std::string ByteSource::line(size_t limit) {
  started_ = offset_;
  std::string text;
  char next = 0;
  while (take(&next, 1) == 1 && next != '\n') {
    text += next;
    if (text.size() > limit) {
      fail("expected a line of at most " + std::to_string(limit) +
           " bytes, found a longer one");
    }
  }
  if (!text.empty() && text.back() == '\r') text.pop_back();
  return text;
}

void ByteSource::fail(const std::string& message) const {
  throw Error("byte " + std::to_string(started_) + ": " + message);
}

}  // namespace nc
