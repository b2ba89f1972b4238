// Windows that slide over the spatial axes, as ONNX describes them for
// convolutions and pools.
#pragma once

#include "passes/frontend/onnx/node_call.h"

namespace nc::onnx {

// One entry per spatial axis. `before` and `after` count what is added in
// front of and behind the values.
struct Window {
  Shape kernel;
  Shape stride;
  Shape dilation;
  Shape before;
  Shape after;

  bool is_symmetric() const { return before == after; }
};

// The window of a node whose first input has two axes (batch, channels) before
// the spatial ones; `kernel` is what the weights say, empty for pools.
Window window_of(const NodeCall& node, const Shape& kernel);

}  // namespace nc::onnx
