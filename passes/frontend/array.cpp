#include "passes/frontend/array.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <type_traits>

#include "ir/error.h"
#include "passes/frontend/refusal.h"

namespace nc::frontend {
namespace {

// Calls f(place in memory) for each element, in row-major order.
template <class F>
void for_each_place(const Array& array, F f) {
  const Shape& shape = array.shape();
  const Shape& strides = array.strides();
  Shape index(shape.size(), 0);
  int64_t place = array.offset();
  for (int64_t left = array.size(); left > 0; --left) {
    f(static_cast<size_t>(place));
    for (size_t axis = shape.size(); axis-- > 0;) {
      place += strides[axis];
      if (++index[axis] < shape[axis]) break;
      place -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

template <class To>
To converted(double value) {
  if constexpr (std::is_integral_v<To>) {
    if (std::isnan(value)) return 0;
    constexpr double kLimit = 9223372036854775808.0;  // 2^63
    if (value >= kLimit) return std::numeric_limits<int64_t>::max();
    if (value < -kLimit) return std::numeric_limits<int64_t>::min();
  }
  return static_cast<To>(value);
}

template <class To>
To converted(int64_t value) {
  return static_cast<To>(value);
}

template <class To>
To converted(float value) {
  return converted<To>(static_cast<double>(value));
}

template <class T>
std::span<const T> span_of(const std::vector<T>& values) {
  return values;
}

std::span<const float> span_of(const Tensor& tensor) {
  return tensor.values<float>();
}

int64_t saturated_product(int64_t a, int64_t b) {
  constexpr int64_t kMost = int64_t{1} << 62;
  return a > kMost / b ? kMost : a * b;
}

int64_t saturated_count(const Shape& shape) {
  int64_t count = 1;
  for (int64_t each : shape) {
    if (each <= 0) return 0;
    count = saturated_product(count, each);
  }
  return count;
}

void require_laid_out(int64_t count) {
  if (count <= kMostElements) return;
  throw Refusal{"would make a constant of more than " +
                std::to_string(kMostElements) + " elements"};
}

void require_count(const Shape& shape, size_t count) {
  if (element_count(shape) == static_cast<int64_t>(count)) return;
  throw Error("expected the numbers of shape " + to_string(shape) + ", found " +
              std::to_string(count));
}

}  // namespace

Array::Array() : Array(Shape{0}, std::vector<float>()) {}

Array::Array(Kind kind, Shape shape, Numbers numbers)
    : kind_(kind),
      shape_(std::move(shape)),
      strides_(dense_strides(shape_)),
      numbers_(std::make_shared<const Numbers>(std::move(numbers))) {}

Array::Array(Shape shape, std::vector<float> values)
    : Array(Kind::real32, shape, Tensor(shape, std::move(values))) {}

Array::Array(Shape shape, std::vector<double> values)
    : Array(Kind::real64, shape, std::move(values)) {
  require_count(shape_, numbers_size());
}

Array::Array(Shape shape, std::vector<int64_t> values, Kind kind)
    : Array(kind, shape, Numbers(std::move(values))) {
  assert(!is_real());
  require_count(shape_, numbers_size());
}

Array Array::of(Kind kind, Shape shape, const std::vector<double>& values) {
  return Array(std::move(shape), values).as(kind);
}

Array Array::filled(Kind kind, const Shape& shape, double value) {
  return broadcast_to(of(kind, {}, {value}), shape);
}

int64_t Array::size(int64_t axis) const {
  return shape_.at(static_cast<size_t>(axis));
}

int64_t Array::size() const { return saturated_count(shape_); }

bool Array::is_dense() const {
  Shape dense = dense_strides(shape_);
  for (size_t i = 0; i < shape_.size(); ++i) {
    if (shape_[i] != 1 && strides_[i] != dense[i]) return false;
  }
  return true;
}

Array Array::viewed(Shape shape, Shape strides, int64_t offset) const {
  Array view = *this;
  view.shape_ = std::move(shape);
  view.strides_ = std::move(strides);
  view.offset_ = offset;
  assert(view.shape_.size() == view.strides_.size());
  return view;
}

template <class T>
std::vector<T> Array::collected() const {
  require_laid_out(size());
  std::vector<T> values;
  values.reserve(static_cast<size_t>(size()));
  std::visit(
      [&](const auto& numbers) {
        auto from = span_of(numbers);
        for_each_place(*this, [&](size_t place) {
          values.push_back(converted<T>(from[place]));
        });
      },
      *numbers_);
  return values;
}

Array Array::dense() const {
  if (is_dense() && offset_ == 0 &&
      numbers_size() == static_cast<size_t>(size())) {
    return viewed(shape_, dense_strides(shape_), 0);
  }
  if (kind_ == Kind::real32) return Array(shape_, collected<float>());
  if (kind_ == Kind::real64) return Array(shape_, collected<double>());
  return Array(shape_, collected<int64_t>(), kind_);
}

Array Array::as(Kind kind) const {
  if (kind == kind_) return *this;
  Array single = without_repetition(*this);
  return broadcast_to(single.converted_to(kind), shape_);
}

Array Array::copied() const {
  constexpr int64_t kMostLaidOut = int64_t{1} << 20;
  if (!is_writable() && size() > kMostLaidOut) return *this;
  return converted_to(kind_);
}

bool Array::is_writable() const {
  return without_repetition(*this).shape() == shape_;
}

Array Array::converted_to(Kind kind) const {
  if (kind == Kind::real32) return Array(shape_, collected<float>());
  if (kind == Kind::real64) return Array(shape_, collected<double>());
  if (kind == Kind::integer) return Array(shape_, collected<int64_t>(), kind);
  std::vector<int64_t> flags;
  for (double each : collected<double>()) flags.push_back(each != 0);
  return Array(shape_, std::move(flags), kind);
}

std::vector<double> Array::to_doubles() const { return collected<double>(); }

std::vector<int64_t> Array::to_integers() const { return collected<int64_t>(); }

Tensor Array::to_tensor() const {
  Array whole = dense();
  const auto* tensor = std::get_if<Tensor>(whole.numbers_.get());
  if (tensor == nullptr) return Tensor(shape_, whole.collected<float>());
  if (tensor->shape() == shape_) return *tensor;
  return Tensor::from_bytes(DType::f32, shape_, tensor->bytes());
}

double Array::number() const {
  if (size() == 1) return to_doubles()[0];
  throw Refusal{"expected one number, found shape " + to_string(shape_)};
}

int64_t Array::integer() const {
  if (size() == 1) return to_integers()[0];
  throw Refusal{"expected one number, found shape " + to_string(shape_)};
}

size_t Array::numbers_size() const {
  return std::visit([](const auto& numbers) { return span_of(numbers).size(); },
                    *numbers_);
}

Array Array::written(const Array& values) const {
  Array all = viewed({static_cast<int64_t>(numbers_size())}, {1}, 0);
  std::vector<size_t> places;
  for_each_place(*this, [&](size_t place) { places.push_back(place); });
  auto changed = [&](auto whole, const auto& with) {
    for (size_t i = 0; i < places.size(); ++i) whole[places[i]] = with.at(i);
    return whole;
  };
  Array result = *this;
  if (is_real()) {
    Array memory = of(kind_, all.shape(),
                      changed(all.to_doubles(), values.as(kind_).to_doubles()));
    result.numbers_ = memory.numbers_;
  } else {
    Array memory(all.shape(),
                 changed(all.to_integers(), values.as(kind_).to_integers()),
                 kind_);
    result.numbers_ = memory.numbers_;
  }
  return result;
}

Array Array::onto(const Array& other) const {
  Array view = *this;
  view.kind_ = other.kind_;
  view.numbers_ = other.numbers_;
  return view;
}

bool operator==(const Array& a, const Array& b) {
  if (a.kind() != b.kind() || a.shape() != b.shape()) return false;
  return a.is_real() ? a.to_doubles() == b.to_doubles()
                     : a.to_integers() == b.to_integers();
}

Shape dense_strides(const Shape& shape) {
  Shape strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;) {
    strides[i - 1] =
        saturated_product(strides[i], std::max<int64_t>(shape[i], 1));
  }
  return strides;
}

Shape joint_shape(const Shape& a, const Shape& b) {
  Shape shape = a.size() > b.size() ? a : b;
  const Shape& other = a.size() > b.size() ? b : a;
  for (size_t i = 0; i < other.size(); ++i) {
    int64_t& wide = shape[shape.size() - other.size() + i];
    if (other[i] != wide && other[i] != 1 && wide != 1) {
      refuse_misfit("constants of shapes " + to_string(a) + " and " +
                    to_string(b) + " do not fit each other");
    }
    wide = wide == 1 ? other[i] : wide;
  }
  return shape;
}

Array broadcast_to(const Array& array, const Shape& shape) {
  size_t rank = array.shape().size();
  bool fits = rank <= shape.size();
  Shape strides(shape.size(), 0);
  for (size_t i = 0; fits && i < rank; ++i) {
    size_t at = shape.size() - rank + i;
    int64_t size = array.shape()[i];
    fits = size == 1 || size == shape[at];
    if (size == shape[at]) strides[at] = array.strides()[i];
  }
  if (fits) return array.viewed(shape, strides, array.offset());
  refuse_misfit("a constant of shape " + to_string(array.shape()) +
                " cannot be broadcast to " + to_string(shape));
}

Array without_repetition(const Array& array) {
  Shape shape = array.shape();
  for (size_t i = 0; i < shape.size(); ++i) {
    if (array.strides()[i] == 0 && shape[i] > 1) shape[i] = 1;
  }
  return array.viewed(shape, array.strides(), array.offset());
}

}  // namespace nc::frontend
