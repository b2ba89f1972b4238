// Sensors of iniVation by the names that AEDAT headers give them.
#pragma once

#include <optional>
#include <string>

#include "runtime/events/event.h"

namespace nc {

struct Chip {
  bool is_davis = false;  // else a DVS128
  SensorSize sensor;
};

// "eu.seebetter.ini.chips.davis.Davis346red", "DVS128", "DAVIS240C".
// Capitals do not matter.
std::optional<Chip> chip_named(const std::string& text);

}  // namespace nc
