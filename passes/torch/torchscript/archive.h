// What kind of file a model file is, found out without unpickling anything.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ir/sha256.h"

namespace nc::torchscript {

// Throws Error, in one line, unless the bytes are a sound TorchScript archive
// that can be loaded without running code of its own: names what it is
// instead (a pickled module, a state_dict, a torch.export file ...) and how to
// export it, checks every entry's check sum, and refuses code that loading
// would run (__setstate__) and packed weights (torch.classes).
void require_torchscript(Bytes bytes);

}  // namespace nc::torchscript
