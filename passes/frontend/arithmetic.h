// Building blocks that several conversions share.
#pragma once

#include <functional>
#include <optional>

#include "passes/frontend/call.h"

namespace nc::frontend {

// Whether each element is the value.
bool is_all(const Tensor& tensor, double value);

Tensor mapped(const Tensor& tensor, const std::function<double(double)>& f);

// A tensor of the shape of `values` that holds `content`.
Item like(const Symbol& values, const Content& content, const Call& call);

// factor * content, as the operator's own node unless the factor is 1.
Content scaled(Call& call, const Content& content, double factor);

// factor * content + offset, as a node beside the operator's own.
Content scaled_and_shifted(Call& call, const Content& content, double factor,
                           const Tensor& offset);

// A new tensor weight * values + offset; no node where that is `values`.
Item affine_copy(Call& call, const Symbol& values, const Tensor& weight,
                 const Tensor& offset);

// Axes of size 1 repeated until the tensor has the shape.
Symbol expanded(Call& call, const Symbol& tensor, const Shape& shape);

// The values `times` times side by side along an axis of the IR.
Content repeated(Call& call, const Content& content, int64_t axis,
                 int64_t times);

// The product of two activations where it is x * sigmoid(x), as some exporters
// write SiLU; nothing else has one.
std::optional<Item> silu_product(Call& call, const Symbol& a, const Symbol& b);

// max over one axis (torch.max with a dim): values and indices.
Item reduce_max(Call& call);

}  // namespace nc::frontend
