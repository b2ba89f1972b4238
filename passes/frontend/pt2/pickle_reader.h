// The machine that a pickle is a program for: a stack and a memo. It knows the
// instructions that a dict of tensors needs (protocols 2 to 4), and no other.
#pragma once

#include <string>

#include "passes/frontend/pt2/pickle_value.h"

namespace nc::frontend::pt2 {

// The value of a whole pickle. Throws Error for what is damaged, nested beyond
// reason, or names anything but tensors.
Value read_pickle(const std::string& bytes);

}  // namespace nc::frontend::pt2
