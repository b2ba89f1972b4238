// Numbers of the source network that are known: weights, and what its program
// computes from them.
//
// As in PyTorch, an array is a view (shape, strides, offset, in elements) onto
// numbers that several arrays may share. A stride of 0 repeats an axis at no
// cost, so that zeros of any shape take no memory. The numbers never change.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "ir/tensor.h"

namespace nc::frontend {

// No array that is laid out has more elements.
inline constexpr int64_t kMostElements = int64_t{1} << 27;

class Array {
 public:
  // Half precision is kept as real32.
  enum class Kind { boolean, integer, real32, real64 };

  // No elements, shape [0].
  Array();
  // Dense, row-major. Throws Error when the count is not that of the shape.
  Array(Shape shape, std::vector<float> values);
  Array(Shape shape, std::vector<double> values);
  Array(Shape shape, std::vector<int64_t> values, Kind kind = Kind::integer);
  // Rounded to the kind.
  static Array of(Kind kind, Shape shape, const std::vector<double>& values);
  // One number for all elements; takes the memory of one.
  static Array filled(Kind kind, const Shape& shape, double value);

  Kind kind() const { return kind_; }
  bool is_real() const { return kind_ >= Kind::real32; }
  const Shape& shape() const { return shape_; }
  const Shape& strides() const { return strides_; }
  int64_t offset() const { return offset_; }
  int64_t rank() const { return static_cast<int64_t>(shape_.size()); }
  int64_t size(int64_t axis) const;
  int64_t size() const;  // number of elements, at most 2^62
  bool is_dense() const;

  // Another view onto the same numbers; asserts that it stays within them.
  Array viewed(Shape shape, Shape strides, int64_t offset) const;
  // Row-major, without repetition; itself if it is that already.
  Array dense() const;
  Array as(Kind kind) const;  // as a cast in PyTorch: towards zero
  // On memory of its own, unless it repeats few numbers very often.
  Array copied() const;
  // No two elements lie in one place.
  bool is_writable() const;

  // All elements in row-major order. Throw Refusal beyond kMostElements.
  std::vector<double> to_doubles() const;
  std::vector<int64_t> to_integers() const;  // reals are cut towards zero
  Tensor to_tensor() const;                  // as f32

  // The only element. Throw Refusal when there are others.
  double number() const;
  int64_t integer() const;

  // Arrays with equal `numbers` are views onto the same memory.
  const void* numbers() const { return numbers_.get(); }
  size_t numbers_size() const;
  // The view after `values` have been written into it (row-major, as many as
  // it has elements); `numbers` are new.
  Array written(const Array& values) const;
  // The same view onto the numbers of another array.
  Array onto(const Array& other) const;

  // The same elements, in the same order.
  friend bool operator==(const Array& a, const Array& b);

 private:
  // f32 as the IR has it, so that weights need not be copied.
  using Numbers =
      std::variant<std::vector<int64_t>, Tensor, std::vector<double>>;

  Array(Kind kind, Shape shape, Numbers numbers);
  Array converted_to(Kind kind) const;
  template <class T>
  std::vector<T> collected() const;

  Kind kind_ = Kind::real32;
  Shape shape_;
  Shape strides_;
  int64_t offset_ = 0;
  std::shared_ptr<const Numbers> numbers_;
};

// Strides of a dense, row-major array.
Shape dense_strides(const Shape& shape);

// The shape that both are broadcast to. Throws Refusal when there is none.
Shape joint_shape(const Shape& a, const Shape& b);

// Axes of size 1, and new ones in front, repeated. Throws Refusal.
Array broadcast_to(const Array& array, const Shape& shape);

// Without the repetition of axes whose stride is 0: those have size 1.
Array without_repetition(const Array& array);

}  // namespace nc::frontend
