// Tensors: immutable, shared, contiguous in row-major order. A copy costs
// nothing, and two graphs may share one.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "ir/sha256.h"

namespace nc {

// Sizes per axis, without a batch axis, e.g. {channels, height, width}.
using Shape = std::vector<int64_t>;

enum class DType { f32, i8, i16, i32, u8 };

std::string to_string(DType dtype);
DType dtype_from(const std::string& name);  // throws Error
size_t size_of(DType dtype);                // in bytes

std::string to_string(const Shape& shape);  // "[16, 3, 3]"
int64_t element_count(const Shape& shape);  // throws Error beyond kMaxElements

// No tensor of ours is larger; a file that claims so is refused unread.
inline constexpr int64_t kMaxElements = int64_t{1} << 31;

template <class T>
DType dtype_of();
template <>
inline DType dtype_of<float>() {
  return DType::f32;
}
template <>
inline DType dtype_of<int8_t>() {
  return DType::i8;
}
template <>
inline DType dtype_of<int16_t>() {
  return DType::i16;
}
template <>
inline DType dtype_of<int32_t>() {
  return DType::i32;
}
template <>
inline DType dtype_of<uint8_t>() {
  return DType::u8;
}

class Tensor {
 public:
  Tensor() = default;  // "none": an optional field that is absent

  // Takes the values; throws Error when their number is not that of `shape`.
  template <class T>
  Tensor(Shape shape, std::vector<T> values);

  // A tensor of zeros to be filled by a reader through `fill`.
  static Tensor from_bytes(DType dtype, Shape shape, Bytes bytes);

  bool empty() const { return data_ == nullptr; }
  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  int64_t size() const;             // number of elements; 0 when empty()
  int64_t size(size_t axis) const;  // size along one axis
  Bytes bytes() const;
  bool is_integer() const { return dtype_ != DType::f32; }

  template <class T>
  std::span<const T> values() const;  // asserts that T is the dtype

  // Copies for those who compute: any dtype to double or to 64-bit integers.
  std::vector<double> to_doubles() const;
  std::vector<int64_t> to_integers() const;  // f32 values must be whole

  // First eight digits of the SHA-256 of dtype, shape and bytes.
  std::string fingerprint() const;

  // Equal dtype, shape and bytes.
  friend bool operator==(const Tensor& a, const Tensor& b);

 private:
  using Data = std::variant<std::vector<float>, std::vector<int8_t>,
                            std::vector<int16_t>, std::vector<int32_t>,
                            std::vector<uint8_t>>;
  DType dtype_ = DType::f32;
  Shape shape_;
  std::shared_ptr<const Data> data_;
};

// The same values as f32, rounded from double.
Tensor float_tensor(Shape shape, const std::vector<double>& values);

// The same values in the smallest of i8, i16 and i32 that holds them all;
// throws Error when none does.
Tensor integer_tensor(Shape shape, const std::vector<int64_t>& values);

}  // namespace nc
