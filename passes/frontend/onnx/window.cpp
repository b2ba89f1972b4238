#include "passes/frontend/onnx/window.h"

#include <algorithm>

namespace nc::onnx {
namespace {

using frontend::refuse_misfit;

// No real window is larger; products of sizes below do not overflow.
constexpr int64_t kLargest = int64_t{1} << 20;

void require_range(const char* what, const Shape& values, size_t axes,
                   int64_t least) {
  bool is_sound = values.size() == axes;
  for (int64_t each : values) {
    is_sound = is_sound && each >= least && each <= kLargest;
  }
  if (is_sound) return;
  refuse_misfit(std::string("its attribute '") + what + "' is " +
                to_string(values));
}

// SAME: as many windows as strides fit in; an odd one goes to the end, or for
// SAME_LOWER to the beginning.
void pad_to_same(Window& window, const Shape& sizes, bool is_upper) {
  for (size_t i = 0; i < sizes.size(); ++i) {
    int64_t stride = window.stride[i];
    int64_t count = (sizes[i] + stride - 1) / stride;
    int64_t reach = (window.kernel[i] - 1) * window.dilation[i] + 1;
    int64_t total =
        std::max<int64_t>((count - 1) * stride + reach - sizes[i], 0);
    int64_t less = total / 2;
    window.before[i] = is_upper ? less : total - less;
    window.after[i] = total - window.before[i];
  }
}

void pad(Window& window, const NodeCall& node, const Shape& sizes) {
  size_t axes = sizes.size();
  std::string kind = node.text("auto_pad", "NOTSET");
  Shape pads = node.integers("pads", Shape(2 * axes, 0));
  window.before = Shape(axes, 0);
  window.after = window.before;
  if (kind == "VALID") return;
  if (kind == "SAME_UPPER" || kind == "SAME_LOWER") {
    return pad_to_same(window, sizes, kind == "SAME_UPPER");
  }
  if (kind != "NOTSET") throw Refusal{"padding '" + kind + "' is not known"};
  require_range("pads", pads, 2 * axes, 0);
  auto middle = pads.begin() + static_cast<std::ptrdiff_t>(axes);
  window.before.assign(pads.begin(), middle);
  window.after.assign(middle, pads.end());
}

}  // namespace

Window window_of(const NodeCall& node, const Shape& kernel) {
  Shape shape = node.shape(0);
  if (shape.size() < 3) {
    refuse_misfit("expected values with a channel and a spatial axis, found " +
                  to_string(frontend::without_batch(shape)));
  }
  Shape sizes(shape.begin() + 2, shape.end());
  size_t axes = sizes.size();
  Window window;
  window.kernel = node.integers("kernel_shape", kernel);
  require_range("kernel_shape", window.kernel, axes, 1);
  if (!kernel.empty() && window.kernel != kernel) {
    refuse_misfit("its kernel_shape is " + to_string(window.kernel) +
                  ", its weights have " + to_string(kernel));
  }
  window.stride = node.integers("strides", Shape(axes, 1));
  require_range("strides", window.stride, axes, 1);
  window.dilation = node.integers("dilations", Shape(axes, 1));
  require_range("dilations", window.dilation, axes, 1);
  pad(window, node, sizes);
  return window;
}

}  // namespace nc::onnx
