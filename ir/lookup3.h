// Bob Jenkins's lookup3 hash ("hashlittle", 2006, public domain), with which
// HDF5 guards its metadata blocks.
#pragma once

#include <cstdint>

#include "ir/sha256.h"

namespace nc {

uint32_t lookup3(Bytes bytes);

}  // namespace nc
