#include "passes/frontend/pt2/layout.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "ir/error.h"
#include "passes/frontend/constant.h"

namespace nc::frontend::pt2 {
namespace {

// A tensor of numbers that nobody here can read.
class UnsupportedTensor : public Constant {
 public:
  explicit UnsupportedTensor(const std::string& module) : Constant(module) {}
  bool is_tensor() const override { return true; }
  Shape shape() const override { refuse(); }
  Tensor tensor() const override { refuse(); }
  Array array() const override { refuse(); }

 private:
  [[noreturn]] static void refuse() {
    throw Refusal{
        "holds quantised, sparse or complex weights, which are not "
        "supported; import the network in float"};
  }
};

size_t bytes_of(int64_t type) {
  switch (static_cast<Type>(type)) {
    case Type::u8:
    case Type::i8:
    case Type::boolean:
      return 1;
    case Type::i16:
    case Type::f16:
    case Type::bf16:
      return 2;
    case Type::i32:
    case Type::f32:
      return 4;
    case Type::i64:
    case Type::f64:
      return 8;
  }
  return 0;
}

template <class From, class To, class Convert>
std::vector<To> converted(const std::vector<std::byte>& bytes, Convert f) {
  std::vector<To> values(bytes.size() / sizeof(From));
  for (size_t i = 0; i < values.size(); ++i) {
    From value;
    std::memcpy(&value, bytes.data() + i * sizeof(From), sizeof(From));
    values[i] = f(value);
  }
  return values;
}

template <class From>
std::vector<int64_t> integers(const std::vector<std::byte>& bytes) {
  return converted<From, int64_t>(
      bytes, [](From each) { return static_cast<int64_t>(each); });
}

float from_bfloat16(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

float from_half(uint16_t bits) {
  int exponent = bits >> 10 & 31;
  float fraction = static_cast<float>(bits & 1023);
  float size = exponent == 0 ? std::ldexp(fraction, -24)
                             : std::ldexp(fraction + 1024, exponent - 25);
  if (exponent == 31) {
    size = fraction == 0 ? INFINITY : NAN;
  }
  return bits & 0x8000 ? -size : size;
}

// Numbers of a whole storage, in the shape of its tensor where that is all of
// it, so that it need not be copied once more.
Shape shape_for(const Layout& layout, size_t count) {
  Array plain = Array::filled(Array::Kind::boolean, layout.sizes, 0);
  bool is_all = layout.offset == 0 &&
                plain.size() == static_cast<int64_t>(count) &&
                layout.strides == dense_strides(layout.sizes);
  return is_all ? layout.sizes : Shape{static_cast<int64_t>(count)};
}

[[noreturn]] void refuse_reach(const std::string& name) {
  throw Error("the tensor '" + name +
              "' reaches beyond the bytes stored for it; the file is damaged");
}

void require_inside(const std::string& name, const Layout& layout,
                    size_t count) {
  constexpr int64_t kMost = int64_t{1} << 40;
  if (layout.sizes.size() != layout.strides.size()) refuse_reach(name);
  int64_t last = layout.offset;
  bool is_empty = false;
  if (last < 0 || last > kMost) refuse_reach(name);
  for (size_t i = 0; i < layout.sizes.size(); ++i) {
    int64_t size = layout.sizes[i];
    int64_t stride = layout.strides[i];
    bool is_sound = size >= 0 && size < kMaxElements && stride >= 0 &&
                    stride < kMaxElements && last <= kMost;
    if (!is_sound) refuse_reach(name);
    is_empty = is_empty || size == 0;
    last += (std::max<int64_t>(size, 1) - 1) * stride;
  }
  if (!is_empty && last >= static_cast<int64_t>(count)) refuse_reach(name);
}

}  // namespace

int64_t torch_number(int64_t type) {
  if (type >= 1 && type <= 11) return type - 1;
  if (type == 12) return 11;
  return type == 13 ? 15 : -1;
}

std::string module_of(const std::string& tensor) {
  size_t dot = tensor.rfind('.');
  return dot == std::string::npos ? "" : tensor.substr(0, dot);
}

Array Storages::array_of(const std::vector<std::byte>& bytes,
                         const Layout& layout) {
  size_t width = bytes_of(layout.type);
  if (width == 0) return {};
  Shape shape = shape_for(layout, bytes.size() / width);
  stored_ += static_cast<int64_t>(bytes.size() / width);
  auto same = [](auto value) { return value; };
  switch (static_cast<Type>(layout.type)) {
    case Type::f32:
      return Array(shape, converted<float, float>(bytes, same));
    case Type::f64:
      return Array(shape, converted<double, double>(bytes, same));
    case Type::f16:
      return Array(shape, converted<uint16_t, float>(bytes, from_half));
    case Type::bf16:
      return Array(shape, converted<uint16_t, float>(bytes, from_bfloat16));
    case Type::u8:
      return Array(shape, integers<uint8_t>(bytes));
    case Type::i8:
      return Array(shape, integers<int8_t>(bytes));
    case Type::i16:
      return Array(shape, integers<int16_t>(bytes));
    case Type::i32:
      return Array(shape, integers<int32_t>(bytes));
    case Type::i64:
      return Array(shape, integers<int64_t>(bytes));
    case Type::boolean:
      return Array(shape,
                   converted<uint8_t, int64_t>(
                       bytes, [](uint8_t each) { return int64_t{each != 0}; }),
                   Array::Kind::boolean);
  }
  return {};
}

Item Storages::constant(const std::string& name, const Layout& layout,
                        const Array& storage) {
  if (bytes_of(layout.type) == 0) {
    return ConstantRef(std::make_shared<UnsupportedTensor>(module_of(name)));
  }
  require_inside(name, layout, storage.numbers_size());
  Array tensor = storage.viewed(layout.sizes, layout.strides, layout.offset);
  require_justified(name, tensor);
  return make_array(tensor, module_of(name));
}

// Tensors that repeat or share numbers must not make many of a few.
void Storages::require_justified(const std::string& name, const Array& tensor) {
  constexpr int64_t kSlack = int64_t{1} << 26;
  constexpr int64_t kMostSharing = 16;
  int64_t most = kMostSharing * stored_ + kSlack;
  if (tensor.size() <= most - laid_out_) {
    laid_out_ += tensor.size();
    return;
  }
  throw Error("up to the tensor '" + name +
              "' its weights take more room than the file has bytes for");
}

}  // namespace nc::frontend::pt2
