// Reductions of arrays over axes, and products of matrices. Axes count from
// the front; sums are made in double and rounded once.
#pragma once

#include "passes/frontend/array.h"

namespace nc::frontend {

enum class Reduce { sum, mean, product, largest, smallest, all, any };

// No axes: over all. Reduced axes stay with size 1 when `keep` is true.
Array reduced(const Array& array, Reduce how, Shape axes, bool keep);

// The mean squared distance from the mean; `correction` is 1 for the unbiased.
Array variance(const Array& array, Shape axes, bool keep, double correction);

// (sum |x|^order)^(1/order); order may be infinite.
Array norm(const Array& array, double order, Shape axes, bool keep);

// As torch.matmul for arrays of one, two or more axes.
Array matrix_product(const Array& a, const Array& b);

}  // namespace nc::frontend
