#include "backends/nir/border.h"

#include <algorithm>
#include <cmath>

#include "ir/error.h"

namespace nc::nir {
namespace {

using Row = std::vector<double>;
using Matrix = std::vector<Row>;

[[noreturn]] void fail() {
  throw Error(
      "its bias is another one at each position, and not because of the "
      "border");
}

Row inside(const Axis& axis, int64_t window) {
  Row taps;
  for (int64_t tap = 0; tap < axis.taps; ++tap) {
    int64_t at = window * axis.stride + axis.begin + tap * axis.dilation;
    taps.push_back(at >= 0 && at < axis.size ? 1 : 0);
  }
  return taps;
}

// The windows along one axis: which of them differ in their taps, and a matrix
// P [taps][differing] with M P = 1.
struct Side {
  Matrix rows;                 // M, the differing rows of it
  std::vector<size_t> row_of;  // of each window
  std::vector<size_t> first;   // a window of each row
  Matrix inverse;
};

void add_multiple(Row& to, const Row& row, double factor) {
  for (size_t i = 0; i < to.size(); ++i) to[i] += factor * row[i];
}

// Gauss and Jordan; the columns without a pivot get zeros.
Matrix right_inverse(Matrix m, size_t taps) {
  size_t count = m.size();
  for (size_t i = 0; i < count; ++i) {
    m[i].resize(taps + count);
    m[i][taps + i] = 1;
  }
  std::vector<size_t> pivot(count);
  for (size_t i = 0; i < count; ++i) {
    size_t column = 0;
    while (column < taps && m[i][column] == 0) ++column;
    if (column == taps) fail();
    pivot[i] = column;
    double scale = 1 / m[i][column];
    for (double& each : m[i]) each *= scale;
    for (size_t other = 0; other < count; ++other) {
      if (other != i) add_multiple(m[other], m[i], -m[other][column]);
    }
  }
  Matrix inverse(taps, Row(count));
  for (size_t i = 0; i < count; ++i) {
    std::copy(m[i].begin() + static_cast<std::ptrdiff_t>(taps), m[i].end(),
              inverse[pivot[i]].begin());
  }
  return inverse;
}

Side side_of(const Axis& axis) {
  Side side;
  for (int64_t window = 0; window < axis.count; ++window) {
    Row row = inside(axis, window);
    auto found = std::find(side.rows.begin(), side.rows.end(), row);
    side.row_of.push_back(static_cast<size_t>(found - side.rows.begin()));
    if (found != side.rows.end()) continue;
    side.rows.push_back(row);
    side.first.push_back(static_cast<size_t>(window));
  }
  side.inverse = right_inverse(side.rows, static_cast<size_t>(axis.taps));
  return side;
}

// left * middle * right^T
Matrix sandwich(const Matrix& left, const Matrix& middle, const Matrix& right) {
  Matrix result(left.size(), Row(right.size()));
  for (size_t y = 0; y < left.size(); ++y) {
    Row row(middle.front().size());
    for (size_t i = 0; i < middle.size(); ++i) {
      add_multiple(row, middle[i], left[y][i]);
    }
    for (size_t x = 0; x < right.size(); ++x) {
      for (size_t j = 0; j < row.size(); ++j) {
        result[y][x] += row[j] * right[x][j];
      }
    }
  }
  return result;
}

// One channel's bias [positions of y, positions of x] to its weights.
Matrix solve(const double* bias, const Side& y, const Side& x) {
  size_t width = x.row_of.size();
  Matrix differing(y.rows.size(), Row(x.rows.size()));
  double largest = 0;
  for (size_t i = 0; i < differing.size(); ++i) {
    for (size_t j = 0; j < differing[i].size(); ++j) {
      differing[i][j] = bias[y.first[i] * width + x.first[j]];
      largest = std::max(largest, std::abs(differing[i][j]));
    }
  }
  for (size_t at = 0; at < y.row_of.size() * width; ++at) {
    double here = differing[y.row_of[at / width]][x.row_of[at % width]];
    // Of whole numbers, none differs by so little.
    if (std::abs(bias[at] - here) > 1e-6 * largest) fail();
  }
  return sandwich(y.inverse, differing, x.inverse);
}

}  // namespace

Kernel border_kernel(const Array& bias, const std::vector<Axis>& axes) {
  Side x = side_of(axes.back());
  Side y = side_of(axes.size() == 2 ? axes.front() : Axis{});
  Kernel kernel;
  kernel.weight.shape = {bias.shape.at(0), 1};
  for (const Axis& axis : axes) kernel.weight.shape.push_back(axis.taps);
  size_t positions = y.row_of.size() * x.row_of.size();
  for (int64_t c = 0; c < bias.shape[0]; ++c) {
    const double* channel =
        bias.values.data() + static_cast<size_t>(c) * positions;
    for (const Row& row : solve(channel, y, x)) {
      kernel.weight.values.insert(kernel.weight.values.end(), row.begin(),
                                  row.end());
    }
  }
  return kernel;
}

}  // namespace nc::nir
