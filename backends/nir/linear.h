// NIR's linear primitives, made from what the IR's ops mean.
//
// NIR has no rearrangements: what picks, places, spreads or sums up elements
// is written as weights of 1 and 0. Values of one axis are mapped by Affine,
// of two by Conv1d, of three by Conv2d; others are refused. All functions
// throw Error where the exact weights cannot be written; the caller names the
// node.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "backends/nir/geometry.h"
#include "backends/nir/tree.h"
#include "ir/ops.h"

namespace nc::nir {

// A primitive without a place in a graph.
struct Primitive {
  std::string type;
  Group fields;
  Shape output;  // shape of what it emits
};

// No array that is made here has more elements: dense forms grow with the
// square of channels.
inline constexpr int64_t kMaxArray = int64_t{1} << 26;

// weight [out, in]; bias [out], or empty for zeros.
Primitive affine(Array weight, std::vector<double> bias);

// The same number for all: r and v_leak of neurons, for instance.
Array filled(const Shape& shape, double value);

// y = factor * x + offset; both have one number per element, or per channel
// where `in` has several axes. `offset` may be empty.
Primitive diagonal(const Shape& in, const std::vector<double>& factor,
                   std::vector<double> offset = {});

// Cross-correlation: weight(out, in, taps...) for any number of groups, with
// the geometry of `axes`.
struct Kernel {
  Array weight;  // [out, in / groups, taps of each axis]
  int64_t groups = 1;
  std::vector<double> bias;  // [out], or empty
};
Primitive convolution(const Shape& in, const Kernel& kernel,
                      const std::vector<Axis>& axes);

// Element (c, position...) of the result is the sum over its window of channel
// source(c) of the input, or 0 where source(c) is -1. For values of one axis
// there are no windows.
Primitive gathered(const Shape& in, int64_t out_channels,
                   const std::function<int64_t(int64_t)>& source,
                   const std::vector<Axis>& axes);

// To one axis: in NIR, for batches and single samples alike.
Primitive flatten(const Shape& in);

// Of the flattened value: what permuting its axes first would have given.
Primitive permutation(const Shape& before, const Shape& order);

// Of a convolution op or a window op.
std::vector<Axis> axes_of(const Shape& in, const Shape& out,
                          const Shape& kernel, const Shape& stride,
                          const Shape& padding, const Shape& dilation);

}  // namespace nc::nir
