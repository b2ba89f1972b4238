// Layer-wise reconstruction: the change of a layer's weights and bias that best
// makes up for what quantisation has done to the layer's input.
//
// x is what the layer receives in the spiking network (the mean over time), z
// the pre-activation of the ANN, y the one found, both with all that is summed
// there (a skip's error is made up for as well). With dW [out, D], D inputs a
// value, and db [out]:
//
//   minimise  mean (y + dW x + db - t)^2  +  lambda tr(G) / D  |dW|^2,
//   G = covariance of x,   lambda = 4 D / P,   P = positions looked at,
//
// a ridge regression, which is solved as it stands. (lambda grows with the
// noise of the estimate, D / P; 4, since the positions of an image are not
// independent. As x comes near the ANN's, the change goes to 0.)
//
// The target t is z where the activation passes it on; where it does not
// (z <= low or z >= high) every value beyond that end is as good, so there
// t = min(y, low) or max(y, high): one step of majorisation, after which the
// mean squared distance of y to the values that are good enough is smaller on
// these positions, or the same.
//
// Sources: targets per layer, Li et al., ICML 2021 (calibration of SNNs); the
// asymmetric, rectified least squares, Zhang et al., CVPR 2015.
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <ATen/ATen.h>

#include "ir/ops.h"
#include "passes/torch/sums.h"

namespace nc {

// Between which ends an activation passes a value on.
struct Ends {
  double low;
  double high;
};

struct WeightChange {
  at::Tensor weight;  // in the shape of the layer's weights
  at::Tensor bias;    // [out]
};

// `layer` is an affine or a convolution; x [samples, ...], z and y
// [samples, out, ...]: of all processes' `samples` those that are dealt to this
// one. Deterministic: of many positions an even choice is taken, the same at
// every call. All processes get the same change.
WeightChange reconstruct(const Op& layer, const at::Tensor& x,
                         const at::Tensor& z, const at::Tensor& y,
                         const Ends& ends, int64_t samples, const Dealt& dealt);

// t of above, element by element.
at::Tensor reconstruction_target(const at::Tensor& z, const at::Tensor& y,
                                 const Ends& ends);

// The layer's sums for other weights and no bias.
at::Tensor apply_weights(const Op& layer, const at::Tensor& weight,
                         const at::Tensor& x);

}  // namespace nc
