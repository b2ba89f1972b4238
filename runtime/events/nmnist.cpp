// The binary form of N-MNIST and N-Caltech101 (Orchard et al., Frontiers in
// Neuroscience 2015): five bytes an event. x, y, then the polarity in the
// highest bit and the time, in microseconds, in the 23 bits below, big-endian.
// There is no header. A y of 240 is no event: it says that the times behind it
// are 2^13 microseconds later.
#include <array>

#include "runtime/events/formats.h"
#include "runtime/events/numbers.h"

namespace nc {

Decoder decode_nmnist(ByteSource& source) {
  constexpr int32_t kOverflow = 240;
  constexpr int64_t kLater = 1 << 13;
  return {{}, [&source, base = int64_t{0}](Event& event) mutable {
            std::array<uint8_t, 5> record;
            while (source.read(record.data(), record.size())) {
              event.x = record[0];
              event.y = record[1];
              if (event.y == kOverflow) {
                base += kLater;
                continue;
              }
              uint64_t word = big_endian(record, 2, 3);
              event.polarity = word >> 23 != 0;
              event.microseconds = base + static_cast<int64_t>(word & 0x7fffff);
              return true;
            }
            return false;
          }};
}

}  // namespace nc
