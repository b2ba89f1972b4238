#include "passes/frontend/onnx/tensors.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <span>

#include "ir/error.h"
#include "ir/printable.h"
#include "passes/frontend/refusal.h"

namespace nc::onnx {
namespace {

using frontend::Array;
using frontend::Refusal;
using Proto = ::onnx::TensorProto;

static_assert(std::endian::native == std::endian::little,
              "raw bytes in the file are little-endian");

float from_half(uint16_t bits) {
  int exponent = bits >> 10 & 31;
  int fraction = bits & 1023;
  double size = std::ldexp(1024 + fraction, exponent - 25);
  if (exponent == 0) size = std::ldexp(fraction, -24);
  if (exponent == 31) size = fraction == 0 ? HUGE_VAL : std::nan("");
  return static_cast<float>((bits & 0x8000) != 0 ? -size : size);
}

float from_bfloat(uint16_t bits) {
  return std::bit_cast<float>(uint32_t{bits} << 16);
}

// The elements of a tensor, wherever they lie. `typed` is the list of numbers
// that belongs to its type.
class Elements {
 public:
  Elements(const Proto& tensor, DataFolder& folder)
      : tensor_(tensor),
        folder_(folder),
        shape_(tensor.dims().begin(), tensor.dims().end()),
        count_(static_cast<size_t>(checked_count())) {}

  // Each element, stored as `Stored`, by `convert`.
  template <class Stored, class Value, class List, class Convert>
  std::vector<Value> read(const List& typed, Convert convert) {
    std::vector<Value> values;
    if (is_raw()) {
      std::vector<std::byte> outside;
      std::span<const std::byte> bytes = raw(count_ * sizeof(Stored), outside);
      values.reserve(count_);
      for (size_t i = 0; i < count_; ++i) {
        Stored stored;
        std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));
        values.push_back(static_cast<Value>(convert(stored)));
      }
      return values;
    }
    require_count(static_cast<size_t>(typed.size()), "numbers", count_);
    values.reserve(count_);
    for (const auto& each : typed) {
      values.push_back(static_cast<Value>(convert(static_cast<Stored>(each))));
    }
    return values;
  }

  const Shape& shape() const { return shape_; }

 private:
  bool is_outside() const { return tensor_.data_location() == Proto::EXTERNAL; }
  bool is_raw() const { return is_outside() || tensor_.has_raw_data(); }

  int64_t checked_count() const {
    constexpr size_t kMostAxes = 64;
    if (shape_.size() > kMostAxes) {
      throw Error("has " + std::to_string(shape_.size()) + " axes");
    }
    for (int64_t each : shape_) {
      if (each < 0) throw Error("has the shape " + to_string(shape_));
    }
    int64_t count = element_count(shape_);
    if (count <= frontend::kMostElements) return count;
    throw Error("has more than " + std::to_string(frontend::kMostElements) +
                " elements");
  }

  static void require_count(size_t found, const char* what, size_t expected) {
    if (found == expected) return;
    throw Error("expected " + std::to_string(expected) + " " + what +
                ", found " + std::to_string(found));
  }

  std::span<const std::byte> raw(size_t size, std::vector<std::byte>& outside) {
    if (is_outside()) {
      outside = folder_.read(tensor_, size);
      return outside;
    }
    const std::string& bytes = tensor_.raw_data();
    require_count(bytes.size(), "bytes", size);
    return std::as_bytes(std::span(bytes));
  }

  const Proto& tensor_;
  DataFolder& folder_;
  Shape shape_;
  size_t count_;
};

template <class Stored, class List>
Array whole_numbers(Elements& elements, const List& typed,
                    Array::Kind kind = Array::Kind::integer) {
  auto values = elements.read<Stored, int64_t>(
      typed, [](Stored each) { return static_cast<int64_t>(each); });
  return Array(elements.shape(), std::move(values), kind);
}

Array truth_values(Elements& elements, const Proto& tensor) {
  auto values = elements.read<uint8_t, int64_t>(
      tensor.int32_data(), [](uint8_t each) { return each != 0 ? 1 : 0; });
  return Array(elements.shape(), std::move(values), Array::Kind::boolean);
}

Array halves(Elements& elements, const Proto& tensor,
             float (*convert)(uint16_t)) {
  return Array(elements.shape(),
               elements.read<uint16_t, float>(tensor.int32_data(), convert));
}

template <class Real, class List>
Array reals(Elements& elements, const List& typed) {
  return Array(elements.shape(), elements.read<Real, Real>(
                                     typed, [](Real each) { return each; }));
}

Array read(const Proto& tensor, Elements& elements) {
  switch (tensor.data_type()) {
    case Proto::FLOAT:
      return reals<float>(elements, tensor.float_data());
    case Proto::DOUBLE:
      return reals<double>(elements, tensor.double_data());
    case Proto::FLOAT16:
      return halves(elements, tensor, from_half);
    case Proto::BFLOAT16:
      return halves(elements, tensor, from_bfloat);
    case Proto::BOOL:
      return truth_values(elements, tensor);
    case Proto::INT8:
      return whole_numbers<int8_t>(elements, tensor.int32_data());
    case Proto::UINT8:
      return whole_numbers<uint8_t>(elements, tensor.int32_data());
    case Proto::INT16:
      return whole_numbers<int16_t>(elements, tensor.int32_data());
    case Proto::UINT16:
      return whole_numbers<uint16_t>(elements, tensor.int32_data());
    case Proto::INT32:
      return whole_numbers<int32_t>(elements, tensor.int32_data());
    case Proto::UINT32:
      return whole_numbers<uint32_t>(elements, tensor.uint64_data());
    case Proto::UINT64:
      return whole_numbers<uint64_t>(elements, tensor.uint64_data());
    default:
      return whole_numbers<int64_t>(elements, tensor.int64_data());
  }
}

}  // namespace

Array array_of(const Proto& tensor, DataFolder& folder) {
  try {
    kind_of(tensor.data_type());
    Elements elements(tensor, folder);
    return read(tensor, elements);
  } catch (const Error& error) {
    throw error.in("tensor '" + printable(tensor.name()) + "'");
  }
}

Array::Kind kind_of(int32_t data_type) {
  switch (data_type) {
    case Proto::FLOAT:
    case Proto::FLOAT16:
    case Proto::BFLOAT16:
      return Array::Kind::real32;
    case Proto::DOUBLE:
      return Array::Kind::real64;
    case Proto::BOOL:
      return Array::Kind::boolean;
    case Proto::INT8:
    case Proto::UINT8:
    case Proto::INT16:
    case Proto::UINT16:
    case Proto::INT32:
    case Proto::UINT32:
    case Proto::INT64:
    case Proto::UINT64:
      return Array::Kind::integer;
    case Proto::STRING:
      throw Refusal{"works with texts"};
    case Proto::COMPLEX64:
    case Proto::COMPLEX128:
      throw Refusal{"works with complex numbers"};
    default:
      throw Refusal{"works with numbers of ONNX's type " +
                    std::to_string(data_type) +
                    ", which is not supported; export the network in float"};
  }
}

int64_t torch_type(int32_t data_type) {
  switch (data_type) {
    case Proto::FLOAT16:
      return 5;
    case Proto::FLOAT:
      return 6;
    case Proto::DOUBLE:
      return 7;
    case Proto::BFLOAT16:
      return 15;
    case Proto::BOOL:
      return 11;
    default:
      kind_of(data_type);
      return 4;
  }
}

}  // namespace nc::onnx
