// Arithmetic on arrays, element by element. Shapes are broadcast and kinds
// promoted as in PyTorch: boolean < integer < real32 < real64, where an array
// without axes counts only if it is of a higher category than the others.
// Computed in double and rounded once; whole numbers wrap around.
#pragma once

#include <optional>

#include "passes/frontend/array.h"

namespace nc::frontend {

// Throw Refusal when the shapes do not fit each other.
Array add(const Array& a, const Array& b);
Array subtract(const Array& a, const Array& b);
Array multiply(const Array& a, const Array& b);
enum class Rounding { none, floor, truncate };
// Whole numbers give reals, unless they are rounded; those refuse 0.
Array divide(const Array& a, const Array& b, Rounding rounding);
Array remainder(const Array& a, const Array& b);  // with the sign of b
Array power(const Array& a, const Array& b);
Array maximum(const Array& a, const Array& b);
Array minimum(const Array& a, const Array& b);

enum class Comparison { equal, unequal, less, at_most, greater, at_least };
Array compare(const Array& a, Comparison comparison, const Array& b);

Array logical_and(const Array& a, const Array& b);
Array logical_or(const Array& a, const Array& b);
Array logical_xor(const Array& a, const Array& b);
Array logical_not(const Array& a);

// a where the condition is not 0, else b.
Array where(const Array& condition, const Array& a, const Array& b);

// Each keeps the kind of whole numbers where PyTorch does, else gives reals.
Array negative(const Array& a);
Array absolute(const Array& a);
Array sign(const Array& a);
Array floor(const Array& a);
Array ceil(const Array& a);
Array round(const Array& a);  // halves to even
Array truncate(const Array& a);
Array relu(const Array& a);
Array square_root(const Array& a);
Array reciprocal(const Array& a);
Array exponential(const Array& a);
Array logarithm(const Array& a);
Array sigmoid(const Array& a);
Array hyperbolic_tangent(const Array& a);
Array error_function(const Array& a);
Array clamp(const Array& a, std::optional<double> low,
            std::optional<double> high);

}  // namespace nc::frontend
