// LibTorch takes nested objects apart by recursion; a pickle whose objects
// nest deeply enough, or hold themselves, would exhaust its stack.
#pragma once

#include <string_view>

namespace nc::torchscript {

// Whether the objects of a pickle nest no deeper than LibTorch can bear. Makes
// none of them: follows the opcodes and notes what holds what. Stops at an
// opcode that it does not know, as LibTorch does.
bool is_shallow_pickle(std::string_view pickle);

}  // namespace nc::torchscript
