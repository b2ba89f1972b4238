// What a node of an exported graph calls: "torch.ops.aten.conv2d.default", or
// a function of Python on sizes, "_operator.mul".
#pragma once

#include <string>

namespace nc::frontend::pt2 {

struct Target {
  std::string library;  // "aten"
  std::string name;     // "conv2d", as PyTorch's schemas have it
  bool is_python = false;

  std::string full_name() const;  // "aten::conv2d"
  bool is_foreign() const;        // of a library that no conversion is for
  // The name of an argument; those of Python's functions go by position.
  std::string argument(const std::string& given, size_t position) const;
};

Target target_of(const std::string& text);

}  // namespace nc::frontend::pt2
