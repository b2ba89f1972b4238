// One view on the ops that multiply by weights and add a bias (affine, conv1d,
// conv2d, scale), and the algebra of their parameters in double.
#pragma once

#include <optional>
#include <vector>

#include "ir/graph.h"

namespace nc {

struct Weighted {
  Tensor weight;
  Tensor bias;  // Scale::offset for a scale; may be none
};

// Nothing for an op without weights.
std::optional<Weighted> weighted(const Op& op);

// The same op with other parameters.
Op with_parameters(Op op, Tensor weight, Tensor bias);

// A parameter ([1], [channels] or full) as one value per element of `shape`;
// an absent one is `missing` everywhere.
std::vector<double> spread(const Tensor& tensor, const Shape& shape,
                           double missing);

// One value per channel, if all elements of a channel agree.
std::optional<std::vector<double>> per_channel(
    const std::vector<double>& values, const Shape& shape);

// The inverse of spread: f32 of shape [channels] where channels are uniform,
// else of the full shape. All zero gives none when `zero_is_none`.
Tensor compact(const std::vector<double>& values, const Shape& shape,
               bool zero_is_none);

// Weights per output channel times `factor`: y = factor * (W x).
Tensor scale_outputs(const Tensor& weight, const std::vector<double>& factor);

// Weights per input channel times `factor`: y = W (factor * x). `op` is an
// affine or a convolution; factor has one entry per input channel.
Tensor scale_inputs(const Op& op, const std::vector<double>& factor);

// W x without bias for one x of the given shape, zero padding included.
std::vector<double> apply_weight(const Op& op, const Shape& shape,
                                 const std::vector<double>& x);

}  // namespace nc
