#include "passes/frontend/array_reduce.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "passes/frontend/array_shape.h"
#include "passes/frontend/refusal.h"

namespace nc::frontend {
namespace {

using Kind = Array::Kind;

// The array as rows: one for each element of the result, in its order.
struct Rows {
  Shape kept;   // without the reduced axes
  Shape whole;  // with them, as size 1
  size_t length = 1;
  std::vector<double> values;
};

Shape all_axes(const Array& array) {
  Shape axes;
  for (int64_t i = 0; i < array.rank(); ++i) axes.push_back(i);
  return axes;
}

Rows rows_of(const Array& array, Shape axes) {
  if (axes.empty()) axes = all_axes(array);
  Rows rows;
  Shape order;
  Shape last;
  for (int64_t i = 0; i < array.rank(); ++i) {
    bool is_reduced = std::find(axes.begin(), axes.end(), i) != axes.end();
    (is_reduced ? last : order).push_back(i);
    rows.whole.push_back(is_reduced ? 1 : array.size(i));
    if (!is_reduced) rows.kept.push_back(array.size(i));
    if (is_reduced) rows.length *= static_cast<size_t>(array.size(i));
  }
  order.insert(order.end(), last.begin(), last.end());
  rows.values = permuted(array, order).to_doubles();
  return rows;
}

// f(first value of a row, length) for each row.
template <class F>
Array of_rows(const Rows& rows, Kind kind, bool keep, F f) {
  const Shape& shape = keep ? rows.whole : rows.kept;
  size_t count = static_cast<size_t>(Array::filled(kind, shape, 0).size());
  std::vector<double> results(count);
  for (size_t i = 0; i < count; ++i) {
    results[i] = f(rows.values.data() + i * rows.length, rows.length);
  }
  return Array::of(kind, shape, results);
}

double sum_of(const double* row, size_t length) {
  double sum = 0;
  for (size_t i = 0; i < length; ++i) sum += row[i];
  return sum;
}

double value_of(Reduce how, const double* row, size_t length) {
  const double* end = row + length;
  auto is_true = [](double each) { return each != 0; };
  switch (how) {
    case Reduce::sum:
      return sum_of(row, length);
    case Reduce::mean:
      return sum_of(row, length) / static_cast<double>(length);
    case Reduce::product:
      return std::accumulate(row, end, 1.0, std::multiplies<double>());
    case Reduce::largest:
      return *std::max_element(row, end);
    case Reduce::smallest:
      return *std::min_element(row, end);
    case Reduce::all:
      return std::all_of(row, end, is_true);
    default:
      return std::any_of(row, end, is_true);
  }
}

Kind kind_of_result(Reduce how, Kind kind) {
  if (how == Reduce::all || how == Reduce::any) return Kind::boolean;
  bool counts = how == Reduce::sum || how == Reduce::product;
  if (kind == Kind::boolean && counts) return Kind::integer;
  if (how == Reduce::mean && kind < Kind::real32) {
    throw Refusal{"takes the mean of whole numbers"};
  }
  return kind;
}

double norm_of(const double* row, size_t length, double order) {
  double sum = 0;
  double largest = 0;
  double smallest = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < length; ++i) {
    double size = std::fabs(row[i]);
    largest = std::max(largest, size);
    smallest = std::min(smallest, size);
    if (order == 0) sum += size != 0;
    if (order != 0 && !std::isinf(order)) {
      sum += order == 2 ? size * size : std::pow(size, order);
    }
  }
  if (std::isinf(order)) return order > 0 ? largest : smallest;
  if (order == 0) return sum;
  return order == 2 ? std::sqrt(sum) : std::pow(sum, 1 / order);
}

void require_bounded(int64_t rows, int64_t inner, int64_t columns) {
  constexpr double kMostProducts = 4e9;
  double products = static_cast<double>(rows) * static_cast<double>(inner) *
                    static_cast<double>(columns);
  if (products > kMostProducts) {
    throw Refusal{"multiplies constant matrices that are too large"};
  }
}

// [batch, m, k] times [batch, k, n].
std::vector<double> products(const std::vector<double>& a,
                             const std::vector<double>& b, size_t batch,
                             size_t m, size_t k, size_t n) {
  std::vector<double> result(batch * m * n, 0);
  for (size_t i = 0; i < batch * m; ++i) {
    const double* right = b.data() + i / m * k * n;
    for (size_t j = 0; j < k; ++j) {
      double factor = a[i * k + j];
      for (size_t c = 0; c < n; ++c) {
        result[i * n + c] += factor * right[j * n + c];
      }
    }
  }
  return result;
}

// The shape in front of the last two axes.
Shape outer(const Array& array) {
  return Shape(array.shape().begin(), array.shape().end() - 2);
}

Array stacked_product(const Array& a, const Array& b) {
  int64_t m = a.size(a.rank() - 2);
  int64_t k = a.size(a.rank() - 1);
  int64_t n = b.size(b.rank() - 1);
  if (b.size(b.rank() - 2) != k) {
    refuse_misfit("multiplies constants " + to_string(a.shape()) + " and " +
                  to_string(b.shape()));
  }
  Shape batch = joint_shape(outer(a), outer(b));
  Shape left = batch;
  Shape right = batch;
  Shape shape = batch;
  left.insert(left.end(), {m, k});
  right.insert(right.end(), {k, n});
  shape.insert(shape.end(), {m, n});
  int64_t count = Array::filled(a.kind(), batch, 0).size();
  require_bounded(count * m, k, n);
  Kind kind = std::max({a.kind(), b.kind(), Kind::integer});
  std::vector<double> values = products(
      broadcast_to(a, left).to_doubles(), broadcast_to(b, right).to_doubles(),
      static_cast<size_t>(count), static_cast<size_t>(m),
      static_cast<size_t>(k), static_cast<size_t>(n));
  return Array::of(kind, shape, values);
}

}  // namespace

Array reduced(const Array& array, Reduce how, Shape axes, bool keep) {
  Kind kind = kind_of_result(how, array.kind());
  Rows rows = rows_of(array, std::move(axes));
  bool needs_one = how == Reduce::largest || how == Reduce::smallest;
  if (needs_one && rows.length == 0) refuse_misfit("reduces nothing");
  return of_rows(rows, kind, keep, [&](const double* row, size_t length) {
    return value_of(how, row, length);
  });
}

Array variance(const Array& array, Shape axes, bool keep, double correction) {
  if (!array.is_real()) throw Refusal{"takes the variance of whole numbers"};
  Rows rows = rows_of(array, std::move(axes));
  return of_rows(rows, array.kind(), keep,
                 [&](const double* row, size_t length) {
                   double count = static_cast<double>(length);
                   double mean = sum_of(row, length) / count;
                   double squares = 0;
                   for (size_t i = 0; i < length; ++i) {
                     squares += (row[i] - mean) * (row[i] - mean);
                   }
                   return squares / std::max(count - correction, 0.0);
                 });
}

Array norm(const Array& array, double order, Shape axes, bool keep) {
  if (!array.is_real()) throw Refusal{"takes the norm of whole numbers"};
  Rows rows = rows_of(array, std::move(axes));
  return of_rows(rows, array.kind(), keep,
                 [&](const double* row, size_t length) {
                   return norm_of(row, length, order);
                 });
}

Array matrix_product(const Array& a, const Array& b) {
  if (a.rank() == 0 || b.rank() == 0) refuse_misfit("multiplies numbers");
  Array left = a.rank() == 1 ? with_axis(a, 0) : a;
  Array right = b.rank() == 1 ? with_axis(b, 1) : b;
  Array result = stacked_product(left, right);
  Shape dropped;
  if (a.rank() == 1) dropped.push_back(result.rank() - 2);
  if (b.rank() == 1) dropped.push_back(result.rank() - 1);
  return without_axes(result, dropped);
}

}  // namespace nc::frontend
