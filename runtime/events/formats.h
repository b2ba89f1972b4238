// One function per format: reads the header and gives what makes events out
// of the bytes behind it. Order of time and limits of the sensor are checked
// by EventReader, for all alike.
#pragma once

#include <functional>
#include <optional>

#include "runtime/events/byte_source.h"
#include "runtime/events/event.h"

namespace nc {

// Times lie between -kMaxTime and kMaxTime: differences do not overflow.
constexpr int64_t kMaxTime = int64_t{1} << 61;  // microseconds

struct Decoder {
  std::optional<SensorSize> sensor;
  std::function<bool(Event&)> next;  // false at the end
};

// `source` stands at the first byte of the file and outlives the decoder.
Decoder decode_aedat2(ByteSource& source);
Decoder decode_aedat3(ByteSource& source);
Decoder decode_aedat4(ByteSource& source);
Decoder decode_dat(ByteSource& source);
Decoder decode_nmnist(ByteSource& source);
Decoder decode_text(ByteSource& source);

}  // namespace nc
