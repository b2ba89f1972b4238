#include "ir/tensor.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>

#include "ir/error.h"

namespace nc {
namespace {

constexpr std::array<const char*, 5> kNames = {"f32", "i8", "i16", "i32", "u8"};

template <class T>
std::vector<T> vector_from(int64_t count, Bytes bytes) {
  std::vector<T> values(static_cast<size_t>(count));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

template <class T>
Tensor narrowed(Shape shape, const std::vector<int64_t>& values) {
  std::vector<T> narrow(values.size());
  std::transform(values.begin(), values.end(), narrow.begin(),
                 [](int64_t value) { return static_cast<T>(value); });
  return Tensor(std::move(shape), std::move(narrow));
}

template <class T>
bool holds(int64_t low, int64_t high) {
  return low >= std::numeric_limits<T>::min() &&
         high <= std::numeric_limits<T>::max();
}

}  // namespace

std::string to_string(DType dtype) {
  return kNames.at(static_cast<size_t>(dtype));
}

DType dtype_from(const std::string& name) {
  auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) {
    throw Error("unknown dtype '" + name + "', expected f32, i8, i16, i32, u8");
  }
  return static_cast<DType>(found - kNames.begin());
}

size_t size_of(DType dtype) {
  constexpr std::array<size_t, 5> kSizes = {4, 1, 2, 4, 1};
  return kSizes.at(static_cast<size_t>(dtype));
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    text += (axis ? ", " : "") + std::to_string(shape[axis]);
  }
  return text + "]";
}

int64_t element_count(const Shape& shape) {
  int64_t count = 1;
  for (int64_t size : shape) {
    if (size < 0) throw Error("negative size in shape " + to_string(shape));
    if (size != 0 && count > kMaxElements / size) {
      throw Error("shape " + to_string(shape) + " has more than 2^31 elements");
    }
    count *= size;
  }
  return count;
}

template <class T>
Tensor::Tensor(Shape shape, std::vector<T> values)
    : dtype_(dtype_of<T>()), shape_(std::move(shape)) {
  if (element_count(shape_) != static_cast<int64_t>(values.size())) {
    throw Error("shape " + to_string(shape_) + " does not fit " +
                std::to_string(values.size()) + " values");
  }
  data_ = std::make_shared<const Data>(std::move(values));
}

template Tensor::Tensor(Shape, std::vector<float>);
template Tensor::Tensor(Shape, std::vector<int8_t>);
template Tensor::Tensor(Shape, std::vector<int16_t>);
template Tensor::Tensor(Shape, std::vector<int32_t>);
template Tensor::Tensor(Shape, std::vector<uint8_t>);

Tensor Tensor::from_bytes(DType dtype, Shape shape, Bytes bytes) {
  int64_t count = element_count(shape);
  if (bytes.size() != static_cast<size_t>(count) * size_of(dtype)) {
    throw Error("shape " + to_string(shape) + " of " + to_string(dtype) +
                " does not fit " + std::to_string(bytes.size()) + " bytes");
  }
  switch (dtype) {
    case DType::f32:
      return Tensor(std::move(shape), vector_from<float>(count, bytes));
    case DType::i8:
      return Tensor(std::move(shape), vector_from<int8_t>(count, bytes));
    case DType::i16:
      return Tensor(std::move(shape), vector_from<int16_t>(count, bytes));
    case DType::i32:
      return Tensor(std::move(shape), vector_from<int32_t>(count, bytes));
    case DType::u8:
      return Tensor(std::move(shape), vector_from<uint8_t>(count, bytes));
  }
  assert(false && "a dtype outside the enumeration");
  return {};
}

int64_t Tensor::size() const {
  if (empty()) return 0;
  return std::visit([](auto& v) { return static_cast<int64_t>(v.size()); },
                    *data_);
}

int64_t Tensor::size(size_t axis) const { return shape_.at(axis); }

Bytes Tensor::bytes() const {
  if (empty()) return {};
  return std::visit([](auto& v) { return std::as_bytes(std::span(v)); },
                    *data_);
}

template <class T>
std::span<const T> Tensor::values() const {
  if (empty()) return {};
  assert(dtype_ == dtype_of<T>());
  return std::get<std::vector<T>>(*data_);
}

template std::span<const float> Tensor::values() const;
template std::span<const int8_t> Tensor::values() const;
template std::span<const int16_t> Tensor::values() const;
template std::span<const int32_t> Tensor::values() const;
template std::span<const uint8_t> Tensor::values() const;

std::vector<double> Tensor::to_doubles() const {
  if (empty()) return {};
  return std::visit(
      [](auto& v) { return std::vector<double>(v.begin(), v.end()); }, *data_);
}

std::vector<int64_t> Tensor::to_integers() const {
  if (empty()) return {};
  std::vector<int64_t> whole;
  whole.reserve(static_cast<size_t>(size()));
  for (double value : to_doubles()) {
    assert(value == std::floor(value) && "a tensor of fractions");
    whole.push_back(static_cast<int64_t>(value));
  }
  return whole;
}

std::string Tensor::fingerprint() const {
  Sha256 hash;
  hash.update(to_string(dtype_) + to_string(shape_));
  hash.update(bytes());
  return hash.hex().substr(0, 8);
}

bool operator==(const Tensor& a, const Tensor& b) {
  if (a.data_ == b.data_) return true;
  if (a.empty() || b.empty()) return false;
  Bytes left = a.bytes();
  Bytes right = b.bytes();
  return a.dtype_ == b.dtype_ && a.shape_ == b.shape_ &&
         std::equal(left.begin(), left.end(), right.begin(), right.end());
}

Tensor float_tensor(Shape shape, const std::vector<double>& values) {
  std::vector<float> narrow(values.size());
  std::transform(values.begin(), values.end(), narrow.begin(),
                 [](double value) { return static_cast<float>(value); });
  return Tensor(std::move(shape), std::move(narrow));
}

Tensor integer_tensor(Shape shape, const std::vector<int64_t>& values) {
  int64_t low = 0;
  int64_t high = 0;
  for (int64_t value : values) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (holds<int8_t>(low, high)) {
    return narrowed<int8_t>(std::move(shape), values);
  }
  if (holds<int16_t>(low, high)) {
    return narrowed<int16_t>(std::move(shape), values);
  }
  if (holds<int32_t>(low, high)) {
    return narrowed<int32_t>(std::move(shape), values);
  }
  throw Error("an integer between " + std::to_string(low) + " and " +
              std::to_string(high) + " does not fit 32 bits");
}

}  // namespace nc
