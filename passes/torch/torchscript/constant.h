// Questions to constants of the source program, without a torch type.
#pragma once

#include <optional>
#include <string>

#include "passes/torch/torchscript/values.h"

namespace nc::torchscript {

// The batch size that a trace has baked into itself; the walk starts anew
// with it.
struct BakedBatch {
  int64_t batch = 0;
};

Item make_none();
Item make_integer(int64_t value);
Item make_flag(bool value);
Item make_number(double value);
Item make_text(const std::string& value);
Item make_integers(const Shape& values);
Item make_cpu_device();

bool is_none(const Item& item);
bool is_tensor(const Item& item);  // one whose value is known

// None of these when the item holds something else. A tensor with a single
// element counts as its element.
std::optional<bool> as_flag(const Item& item);
std::optional<int64_t> as_integer(const Item& item);
std::optional<double> as_number(const Item& item);
std::optional<std::string> as_text(const Item& item);
std::optional<Shape> as_integers(const Item& item);

// The module that owns the constant, "layer1.0.conv1", or nothing.
std::string owner_of(const Item& item);

Shape shape_of(const Item& tensor);

// A tensor as f32. Throws Refusal for quantised, sparse and complex ones.
Tensor as_tensor(const Item& item);

// A constant that meets values of `shape` (batch first) element by element, as
// a parameter of the IR: [1], [channels] or the full shape without batch.
// Throws Refusal where it would enlarge the values or differs between samples.
Tensor as_parameter(const Item& item, const Shape& shape);

}  // namespace nc::torchscript
