#include "passes/frontend/hdf5/type.h"

#include <array>
#include <bit>
#include <cmath>

namespace nc::frontend::hdf5 {
namespace {

constexpr uint64_t kBigEndian = 1;
constexpr uint64_t kSigned = 8;

bool is_width(uint64_t size) {
  return size == 1 || size == 2 || size == 4 || size == 8;
}

Type whole_type(ByteReader reader, uint64_t flags, uint64_t size) {
  bool fills = reader.number(2) == 0 && reader.number(2) == 8 * size;
  if (!is_width(size) || !fills) return {};
  return {Type::Sort::whole, size, (flags & kSigned) != 0,
          (flags & kBigEndian) != 0};
}

// Where exponent and mantissa are in the widths that IEEE 754 has.
struct Fraction {
  uint64_t size, exponent_at, exponent_bits, mantissa_bits, bias;
};
constexpr std::array<Fraction, 3> kFractions = {
    {{2, 10, 5, 10, 15}, {4, 23, 8, 23, 127}, {8, 52, 11, 52, 1023}}};

Type fraction_type(ByteReader reader, uint64_t flags, uint64_t size) {
  constexpr uint64_t kVaxOrder = 0x40;
  reader.take(4);  // offset and precision
  uint64_t exponent_at = reader.number(1);
  uint64_t exponent_bits = reader.number(1);
  reader.take(1);  // the mantissa starts at bit 0
  uint64_t mantissa_bits = reader.number(1);
  uint64_t bias = reader.number(4);
  for (const Fraction& each : kFractions) {
    if (size != each.size || flags & kVaxOrder) continue;
    if (exponent_at == each.exponent_at && bias == each.bias &&
        exponent_bits == each.exponent_bits &&
        mantissa_bits == each.mantissa_bits) {
      return {Type::Sort::fraction, size, true, (flags & kBigEndian) != 0};
    }
  }
  return {};
}

Type text_type(uint64_t flags, uint64_t size, bool in_heap) {
  constexpr uint64_t kString = 1;
  if (!in_heap) return {Type::Sort::text, size, false, false};
  if ((flags & 15) != kString) return {};
  return {Type::Sort::text_in_heap, size, false, false};
}

uint64_t bits_of(const Type& type, Bytes element) {
  uint64_t bits = 0;
  for (size_t i = 0; i < type.size; ++i) {
    size_t at = type.is_big_endian ? type.size - 1 - i : i;
    bits |= std::to_integer<uint64_t>(element[at]) << (8 * i);
  }
  return bits;
}

double half(uint64_t bits) {
  auto exponent = static_cast<int>(bits >> 10 & 31);
  auto mantissa = static_cast<double>(bits & 1023);
  double size = exponent == 0    ? std::ldexp(mantissa, -24)
                : exponent == 31 ? (mantissa == 0 ? INFINITY : NAN)
                                 : std::ldexp(mantissa + 1024, exponent - 25);
  return bits >> 15 ? -size : size;
}

double fraction(const Type& type, uint64_t bits) {
  if (type.size == 2) return half(bits);
  if (type.size == 4) {
    return static_cast<double>(
        std::bit_cast<float>(static_cast<uint32_t>(bits)));
  }
  return std::bit_cast<double>(bits);
}

double whole(const Type& type, uint64_t bits) {
  constexpr uint64_t kExact = uint64_t{1} << 53;
  bool negative = type.is_signed && bits >> (8 * type.size - 1) & 1;
  if (negative && type.size < 8) bits |= ~uint64_t{0} << (8 * type.size);
  uint64_t size = negative ? ~bits + 1 : bits;
  if (size > kExact) throw Error("expected whole numbers up to 2^53");
  return negative ? -static_cast<double>(size) : static_cast<double>(size);
}

}  // namespace

std::string Type::name() const {
  std::string bits = std::to_string(8 * size);
  switch (sort) {
    case Sort::whole:
      return (is_signed ? "i" : "u") + bits;
    case Sort::fraction:
      return "f" + bits;
    case Sort::text:
    case Sort::text_in_heap:
      return "text";
    case Sort::other:
      return "an unknown type";
  }
  return "";
}

Type read_type(ByteReader message) {
  enum Class { whole = 0, fraction = 1, text = 3, enumeration = 8, variable };
  uint64_t head = message.number(1);
  uint64_t flags = message.number(3);
  uint64_t size = message.number(4);
  Type type;
  switch (head & 15) {
    case whole:
      type = whole_type(message, flags, size);
      break;
    case fraction:
      type = fraction_type(message, flags, size);
      break;
    case text:
      type = text_type(flags, size, false);
      break;
    case enumeration: {  // as h5py writes truth values: by their base type
      uint64_t base = message.number(1);
      uint64_t base_flags = message.number(3);
      uint64_t base_size = message.number(4);
      bool fits = (base & 15) == whole && base_size == size;
      if (fits) type = whole_type(message, base_flags, base_size);
      break;
    }
    case variable:
      type = text_type(flags, size, true);
      break;
    default:
      break;
  }
  type.size = size;
  return type;
}

std::vector<double> numbers_of(const Type& type, Bytes elements) {
  std::vector<double> numbers(elements.size() / type.size);
  for (size_t i = 0; i < numbers.size(); ++i) {
    uint64_t bits = bits_of(type, elements.subspan(i * type.size, type.size));
    numbers[i] = type.sort == Type::Sort::fraction ? fraction(type, bits)
                                                   : whole(type, bits);
  }
  return numbers;
}

std::string padded_text(Bytes element) {
  std::string text(reinterpret_cast<const char*>(element.data()),
                   element.size());
  text = text.substr(0, text.find('\0'));
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace nc::frontend::hdf5
