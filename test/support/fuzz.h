// What tests with random input share: fixed seeds, bytes changed at random, and
// a limit on what is asked for at once.
#pragma once

#include <cstddef>
#include <random>

namespace nc::test {

using Random = std::mt19937_64;

struct Outcome {
  int graphs = 0;
  int refused = 0;  // by a table
  int errors = 0;
};

size_t below(Random& random, size_t limit);

// One bit or all of them, one more, or any.
std::byte changed(std::byte old, Random& random);

// From its making on, no `new` of this program gives more than `bytes`: who
// asks for more gets std::bad_alloc. Of a program that links
// support/memory_limit.cpp.
class MemoryLimit {
 public:
  explicit MemoryLimit(size_t bytes);
  static size_t bytes();
  static size_t largest_wish();
};

}  // namespace nc::test
