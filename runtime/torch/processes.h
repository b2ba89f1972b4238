// Processes that meet through LibTorch's c10d: a TCP store at the first
// process, and Gloo.
#pragma once

#include <memory>

#include "runtime/processes.h"

namespace nc {

// Waits for all others. Throws Error when they do not come in time, or when
// this LibTorch was built without Gloo.
std::unique_ptr<Processes> meet(const Meeting& meeting);

}  // namespace nc
