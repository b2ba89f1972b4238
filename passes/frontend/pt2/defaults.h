// Arguments that torch.export leaves out because they equal their default.
#pragma once

#include "passes/frontend/converter.h"

namespace nc::frontend::pt2 {

// Adds those that the conversions ask for. None needs no adding.
void add_defaults(Operation& operation);

}  // namespace nc::frontend::pt2
