#include "passes/frontend/array_elementwise.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "passes/frontend/refusal.h"

namespace nc::frontend {
namespace {

using Kind = Array::Kind;
using OfReals = double (*)(double, double);
using OfIntegers = int64_t (*)(int64_t, int64_t);

int category(Kind kind) {
  if (kind == Kind::boolean) return 0;
  return kind == Kind::integer ? 1 : 2;
}

Kind promoted(const Array& a, const Array& b) {
  bool is_number = (a.rank() == 0) != (b.rank() == 0);
  if (category(a.kind()) != category(b.kind())) {
    const Array& higher = category(a.kind()) > category(b.kind()) ? a : b;
    bool is_fraction = is_number && higher.rank() == 0 && higher.is_real();
    return is_fraction ? Kind::real32 : higher.kind();
  }
  if (is_number) return a.rank() == 0 ? b.kind() : a.kind();
  if (a.rank() == 0 && a.is_real()) return std::min(a.kind(), b.kind());
  return std::max(a.kind(), b.kind());
}

Kind real_kind(Kind kind) { return category(kind) == 2 ? kind : Kind::real32; }

// Both without repeated axes, broadcast to each other; the result of f on them
// is broadcast to the shape of all.
template <class F>
Array combined(const Array& a, const Array& b, F f) {
  Shape shape = joint_shape(a.shape(), b.shape());
  Array small_a = without_repetition(a);
  Array small_b = without_repetition(b);
  Shape small = joint_shape(small_a.shape(), small_b.shape());
  return broadcast_to(
      f(broadcast_to(small_a, small), broadcast_to(small_b, small)), shape);
}

Array on_reals(const Array& a, const Array& b, Kind kind, OfReals f) {
  return combined(a.as(kind), b.as(kind), [&](const Array& x, const Array& y) {
    std::vector<double> left = x.to_doubles();
    std::vector<double> right = y.to_doubles();
    std::transform(left.begin(), left.end(), right.begin(), left.begin(), f);
    return Array::of(kind, x.shape(), left);
  });
}

Array on_integers(const Array& a, const Array& b, Kind kind, OfIntegers f) {
  return combined(a, b, [&](const Array& x, const Array& y) {
    std::vector<int64_t> left = x.to_integers();
    std::vector<int64_t> right = y.to_integers();
    std::transform(left.begin(), left.end(), right.begin(), left.begin(), f);
    return Array(x.shape(), left, kind);
  });
}

Array on_either(const Array& a, const Array& b, OfReals f, OfIntegers g) {
  Kind kind = promoted(a, b);
  return category(kind) == 2 ? on_reals(a, b, kind, f)
                             : on_integers(a, b, kind, g);
}

template <class F>
Array mapped(const Array& a, Kind kind, F f) {
  Array small = without_repetition(a.as(kind));
  std::vector<double> values = small.to_doubles();
  std::transform(values.begin(), values.end(), values.begin(), f);
  return broadcast_to(Array::of(kind, small.shape(), values), a.shape());
}

template <class F>
Array mapped_integers(const Array& a, F f) {
  Array small = without_repetition(a);
  std::vector<int64_t> values = small.to_integers();
  std::transform(values.begin(), values.end(), values.begin(), f);
  return broadcast_to(Array(small.shape(), values, a.kind()), a.shape());
}

Array to_real(const Array& a, double (*f)(double)) {
  return mapped(a, real_kind(a.kind()), f);
}

// Whole numbers stay as they are.
Array on_fractions(const Array& a, double (*f)(double)) {
  return a.is_real() ? mapped(a, a.kind(), f) : a;
}

int64_t wrapped(uint64_t value) { return static_cast<int64_t>(value); }

int64_t added(int64_t a, int64_t b) {
  return wrapped(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
int64_t subtracted(int64_t a, int64_t b) {
  return wrapped(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
}
int64_t multiplied(int64_t a, int64_t b) {
  return wrapped(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}

void require_divisor(int64_t divisor) {
  if (divisor == 0) throw Refusal{"divides whole numbers by zero"};
}

int64_t quotient(int64_t a, int64_t b) {
  require_divisor(b);
  return b == -1 ? subtracted(0, a) : a / b;
}

int64_t floored_quotient(int64_t a, int64_t b) {
  int64_t whole = quotient(a, b);
  bool is_inexact = b != -1 && a % b != 0;
  return whole - (is_inexact && ((a < 0) != (b < 0)) ? 1 : 0);
}

int64_t floored_remainder(int64_t a, int64_t b) {
  return subtracted(a, multiplied(floored_quotient(a, b), b));
}

double floored_fraction_remainder(double a, double b) {
  double rest = std::fmod(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

int64_t whole_power(int64_t base, int64_t exponent) {
  if (exponent < 0) throw Refusal{"a whole number to a negative power"};
  int64_t result = 1;
  for (; exponent > 0; exponent >>= 1) {
    if (exponent & 1) result = multiplied(result, base);
    base = multiplied(base, base);
  }
  return result;
}

// As PyTorch has it, what is not a number stays.
double larger(double a, double b) { return std::isnan(a) || a > b ? a : b; }
double smaller(double a, double b) { return std::isnan(a) || a < b ? a : b; }

template <class T>
bool holds(T a, Comparison comparison, T b) {
  switch (comparison) {
    case Comparison::equal:
      return a == b;
    case Comparison::unequal:
      return a != b;
    case Comparison::less:
      return a < b;
    case Comparison::at_most:
      return a <= b;
    case Comparison::greater:
      return a > b;
    default:
      return a >= b;
  }
}

Array truth(const Array& a) { return a.as(Kind::boolean); }

}  // namespace

Array add(const Array& a, const Array& b) {
  return on_either(
      a, b, [](double x, double y) { return x + y; }, added);
}

Array subtract(const Array& a, const Array& b) {
  return on_either(
      a, b, [](double x, double y) { return x - y; }, subtracted);
}

Array multiply(const Array& a, const Array& b) {
  return on_either(
      a, b, [](double x, double y) { return x * y; }, multiplied);
}

Array divide(const Array& a, const Array& b, Rounding rounding) {
  Kind kind = promoted(a, b);
  if (rounding == Rounding::none) {
    return on_reals(a, b, real_kind(kind),
                    [](double x, double y) { return x / y; });
  }
  bool is_floor = rounding == Rounding::floor;
  if (category(kind) < 2) {
    return on_integers(a, b, kind, is_floor ? floored_quotient : quotient);
  }
  if (is_floor) {
    return on_reals(a, b, kind,
                    [](double x, double y) { return std::floor(x / y); });
  }
  return on_reals(a, b, kind,
                  [](double x, double y) { return std::trunc(x / y); });
}

Array remainder(const Array& a, const Array& b) {
  return on_either(a, b, floored_fraction_remainder, floored_remainder);
}

Array power(const Array& a, const Array& b) {
  return on_either(
      a, b, [](double x, double y) { return std::pow(x, y); }, whole_power);
}

Array maximum(const Array& a, const Array& b) {
  return on_either(a, b, larger,
                   [](int64_t x, int64_t y) { return std::max(x, y); });
}

Array minimum(const Array& a, const Array& b) {
  return on_either(a, b, smaller,
                   [](int64_t x, int64_t y) { return std::min(x, y); });
}

Array compare(const Array& a, Comparison comparison, const Array& b) {
  Kind kind = promoted(a, b);
  return combined(a.as(kind), b.as(kind), [&](const Array& x, const Array& y) {
    std::vector<int64_t> flags;
    auto fill = [&](const auto& left, const auto& right) {
      for (size_t i = 0; i < left.size(); ++i) {
        flags.push_back(holds(left[i], comparison, right[i]));
      }
    };
    if (category(kind) == 2) {
      fill(x.to_doubles(), y.to_doubles());
    } else {
      fill(x.to_integers(), y.to_integers());
    }
    return Array(x.shape(), flags, Kind::boolean);
  });
}

Array logical_and(const Array& a, const Array& b) {
  return on_integers(truth(a), truth(b), Kind::boolean,
                     [](int64_t x, int64_t y) { return x & y; });
}

Array logical_or(const Array& a, const Array& b) {
  return on_integers(truth(a), truth(b), Kind::boolean,
                     [](int64_t x, int64_t y) { return x | y; });
}

Array logical_xor(const Array& a, const Array& b) {
  return on_integers(truth(a), truth(b), Kind::boolean,
                     [](int64_t x, int64_t y) { return x ^ y; });
}

Array logical_not(const Array& a) {
  return mapped_integers(truth(a), [](int64_t x) { return 1 - x; });
}

Array where(const Array& condition, const Array& a, const Array& b) {
  Kind kind = promoted(a, b);
  Shape shape =
      joint_shape(condition.shape(), joint_shape(a.shape(), b.shape()));
  std::vector<int64_t> flags =
      broadcast_to(truth(condition), shape).to_integers();
  auto chosen = [&](auto left, const auto& right) {
    for (size_t i = 0; i < left.size(); ++i) {
      if (!flags[i]) left[i] = right[i];
    }
    return left;
  };
  Array x = broadcast_to(a.as(kind), shape);
  Array y = broadcast_to(b.as(kind), shape);
  if (category(kind) == 2) {
    return Array::of(kind, shape, chosen(x.to_doubles(), y.to_doubles()));
  }
  return Array(shape, chosen(x.to_integers(), y.to_integers()), kind);
}

Array negative(const Array& a) {
  if (!a.is_real()) {
    return mapped_integers(a, [](int64_t x) { return subtracted(0, x); });
  }
  return mapped(a, a.kind(), [](double x) { return -x; });
}

Array absolute(const Array& a) {
  if (!a.is_real()) {
    return mapped_integers(
        a, [](int64_t x) { return x < 0 ? subtracted(0, x) : x; });
  }
  return mapped(a, a.kind(), [](double x) { return std::fabs(x); });
}

Array sign(const Array& a) {
  if (!a.is_real()) {
    return mapped_integers(
        a, [](int64_t x) { return int64_t{x > 0} - int64_t{x < 0}; });
  }
  return mapped(a, a.kind(),
                [](double x) { return double(x > 0) - double(x < 0); });
}

Array floor(const Array& a) {
  return on_fractions(a, [](double x) { return std::floor(x); });
}

Array ceil(const Array& a) {
  return on_fractions(a, [](double x) { return std::ceil(x); });
}

Array round(const Array& a) {
  return on_fractions(a, [](double x) { return std::nearbyint(x); });
}

Array truncate(const Array& a) {
  return on_fractions(a, [](double x) { return std::trunc(x); });
}

Array relu(const Array& a) {
  if (!a.is_real()) {
    return mapped_integers(a, [](int64_t x) { return std::max(x, int64_t{}); });
  }
  return mapped(a, a.kind(), [](double x) { return x < 0 ? 0 : x; });
}

Array square_root(const Array& a) {
  return to_real(a, [](double x) { return std::sqrt(x); });
}

Array reciprocal(const Array& a) {
  return to_real(a, [](double x) { return 1 / x; });
}

Array exponential(const Array& a) {
  return to_real(a, [](double x) { return std::exp(x); });
}

Array logarithm(const Array& a) {
  return to_real(a, [](double x) { return std::log(x); });
}

Array sigmoid(const Array& a) {
  return to_real(a, [](double x) { return 1 / (1 + std::exp(-x)); });
}

Array hyperbolic_tangent(const Array& a) {
  return to_real(a, [](double x) { return std::tanh(x); });
}

Array error_function(const Array& a) {
  return to_real(a, [](double x) { return std::erf(x); });
}

Array clamp(const Array& a, std::optional<double> low,
            std::optional<double> high) {
  return mapped(a, a.kind(), [&](double x) {
    if (low && x < *low) x = *low;
    if (high && x > *high) x = *high;
    return x;
  });
}

}  // namespace nc::frontend
