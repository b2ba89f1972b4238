#include "test/support/fuzz.h"

namespace nc::test {

size_t below(Random& random, size_t limit) {
  return static_cast<size_t>(random() % limit);
}

std::byte changed(std::byte old, Random& random) {
  switch (below(random, 5)) {
    case 0:
      return old ^ std::byte(1u << below(random, 8));
    case 1:
      return std::byte{0xff};
    case 2:
      return std::byte{0};
    case 3:
      return static_cast<std::byte>(std::to_integer<unsigned>(old) + 1);
    default:
      return static_cast<std::byte>(random());
  }
}

}  // namespace nc::test
