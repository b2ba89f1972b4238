// Loads the library that needs LibTorch, when it is first asked for.
#pragma once

#include "passes/torch_library.h"

namespace nc {

// Throws Error when it is not installed, or is not of this program's version.
const TorchLibrary& torch_library();

}  // namespace nc
