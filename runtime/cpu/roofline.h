// What one thread of this machine reaches at most, measured now (milliseconds):
// multiplications a second of dense convolutions of bytes that do nothing else.
#pragma once

#include "runtime/cpu/layout.h"

namespace nc {

// Of one with these windows.
double dense_rate(const Window& window);

// Of a large one that the machine likes: 256 channels, 16 x 16, kernel 3 x 3.
double large_dense_rate();

}  // namespace nc
