// What nc-run --explain prints.
#pragma once

#include <string>

#include "runtime/engine.h"

namespace nc {

// How the cpu engine computed its convolutions: density of the spikes, chosen
// path, speed, share of the machine's own limit. Throws Error for an engine
// that does not count this.
std::string explained(const Engine& engine);

}  // namespace nc
