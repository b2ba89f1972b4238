#include <algorithm>
#include <cstdlib>
#include <limits>
#include <new>

#include "test/support/fuzz.h"

namespace {

size_t most_at_once = std::numeric_limits<size_t>::max();
size_t largest = 0;

void* memory_of(size_t wish) noexcept {
  largest = std::max(largest, wish);
  return wish > most_at_once ? nullptr : std::malloc(wish);
}

}  // namespace

void* operator new(size_t size) {
  void* memory = memory_of(size);
  if (!memory) throw std::bad_alloc();
  return memory;
}

void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return memory_of(size);
}

// Not inlined: GCC would miss that the memory comes from malloc.
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}

namespace nc::test {

MemoryLimit::MemoryLimit(size_t bytes) {
  most_at_once = bytes;
  largest = 0;
}

size_t MemoryLimit::bytes() { return most_at_once; }

size_t MemoryLimit::largest_wish() { return largest; }

}  // namespace nc::test
