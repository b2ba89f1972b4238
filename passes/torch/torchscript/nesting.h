// LibTorch's parser of TorchScript code calls itself for whatever is nested;
// code that is nested deeply enough would exhaust its stack.
#pragma once

#include <string_view>

namespace nc::torchscript {

// Whether brackets, operators, blocks and elif chains of the source text nest
// no deeper than LibTorch can bear. Code that PyTorch writes stays far below.
bool is_shallow(std::string_view source);

}  // namespace nc::torchscript
