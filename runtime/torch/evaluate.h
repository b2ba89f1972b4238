// What each op without memory computes, for a whole batch, with ATen.
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "ir/graph.h"

namespace nc {

// Values are [batch, ...shape]. Constants are converted once, to `dtype`; as in
// runtime/evaluate.h, what is added is taken `steps` times.
class TorchEvaluator {
 public:
  TorchEvaluator(const Graph& graph, at::ScalarType dtype, at::Device device);

  const Shape& shape(size_t node) const { return shapes_[node]; }
  at::TensorOptions options() const { return options_; }

  at::Tensor evaluate(size_t node, const std::vector<at::Tensor>& inputs,
                      double steps = 1) const;

  // A parameter per neuron group, shaped so that it broadcasts against
  // [batch, ...shape] of the node's output.
  at::Tensor broadcastable(const Tensor& tensor, size_t node) const;
  at::Tensor aligned(const at::Tensor& values, size_t node) const;

  // What the node multiplies by and adds from now on, for training: shaped as
  // the constants are (a bias or scale aligned); the bias may be undefined.
  void replace(size_t node, const at::Tensor& weight, const at::Tensor& bias);

  // Images from here on: a convolution gives them as its weights lie.
  void use_channels_last();

  static at::Tensor sum(const std::vector<at::Tensor>& inputs);

 private:
  struct Constants {
    at::Tensor weight;
    at::Tensor bias;
  };

  Constants constants_of(const Op& op, size_t node) const;

  const Graph& graph_;
  at::TensorOptions options_;
  std::vector<Shape> shapes_;
  std::vector<Constants> constants_;

  friend struct TorchVisit;
};

// Copies a tensor of ours; the result owns its memory.
at::Tensor to_torch(const Tensor& tensor, const at::TensorOptions& options);

}  // namespace nc
