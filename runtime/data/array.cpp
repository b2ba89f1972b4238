#include "runtime/data/array.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <utility>

#include "ir/error.h"

namespace nc {
namespace {

constexpr int64_t kExact = int64_t{1} << 24;  // whole numbers a float holds

// Calls f with a value of the type that `type` stands for.
template <class F>
auto with_type(Scalar type, F&& f) {
  switch (type) {
    case Scalar::b1:
    case Scalar::u1:
      return f(uint8_t{});
    case Scalar::u2:
      return f(uint16_t{});
    case Scalar::u4:
      return f(uint32_t{});
    case Scalar::u8:
      return f(uint64_t{});
    case Scalar::i1:
      return f(int8_t{});
    case Scalar::i2:
      return f(int16_t{});
    case Scalar::i4:
      return f(int32_t{});
    case Scalar::i8:
      return f(int64_t{});
    case Scalar::f4:
      return f(float{});
    case Scalar::f8:
      break;
  }
  return f(double{});
}

template <class T>
T value_at(const Array& array, size_t position) {
  T value;
  std::memcpy(&value, array.bytes.data() + position * sizeof(T), sizeof(T));
  return value;
}

size_t count_of(const Array& array) {
  return array.bytes.size() / size_of(array.type);
}

// Whether the float nearest to `value` stands for it.
template <class T>
bool is_held(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::isfinite(static_cast<float>(value));
  } else {
    return std::cmp_less_equal(value, kExact) &&
           std::cmp_greater_equal(value, -kExact);
  }
}

template <class T>
std::vector<float> floats_of(const Array& array) {
  std::vector<float> values(count_of(array));
  for (size_t i = 0; i < values.size(); ++i) {
    T value = value_at<T>(array, i);
    if (!is_held(value)) {
      auto samples = static_cast<size_t>(array.shape.front());
      throw Error("x: expected finite numbers" +
                  std::string(std::is_integral_v<T> ? " up to 2^24" : "") +
                  ", found " + std::to_string(value) + " in sample " +
                  std::to_string(i / (values.size() / samples)));
    }
    values[i] = static_cast<float>(value);
  }
  return values;
}

template <class T>
std::vector<int64_t> labels_of(const Array& array) {
  std::vector<int64_t> labels(count_of(array));
  for (size_t i = 0; i < labels.size(); ++i) {
    T value = value_at<T>(array, i);
    if (!std::is_integral_v<T>) {
      throw Error("expected whole numbers, found " + name_of(array.type));
    }
    // What is beyond the range wraps to a negative label, which is refused.
    labels[i] = static_cast<int64_t>(value);
  }
  check_labels(labels, 0);
  return labels;
}

std::vector<int64_t> read_labels(const Array& y, int64_t samples) {
  if (y.shape != Shape{samples}) {
    throw Error("expected shape " + to_string(Shape{samples}) +
                " as there are so many samples, found " + to_string(y.shape));
  }
  return with_type(y.type,
                   [&](auto type) { return labels_of<decltype(type)>(y); });
}

void check_shape(const Shape& shape) {
  bool has_samples =
      shape.size() >= 2 &&
      std::all_of(shape.begin(), shape.end(), [](auto n) { return n > 0; });
  if (has_samples) return;
  throw Error("x: expected a shape [N, ...] without zeros, found " +
              to_string(shape));
}

bool is_image(const Array& x) {
  return x.type == Scalar::u1 && (x.shape.size() == 3 || x.shape.size() == 4);
}

bool is_channel_count(int64_t size) { return size == 1 || size == 3; }

void set_image(const Array& x, Samples& samples) {
  auto* first = reinterpret_cast<const uint8_t*>(x.bytes.data());
  samples.values = std::vector<uint8_t>(first, first + x.bytes.size());
  Shape& shape = samples.shape;
  if (shape.size() == 2) shape.insert(shape.begin(), 1);
  if (is_channel_count(shape[2]) && !is_channel_count(shape[0])) {
    samples.remarks.push_back("x " + to_string(x.shape) +
                              " is read as [samples, channels, height, width]");
  }
}

}  // namespace

size_t size_of(Scalar type) {
  return with_type(type, [](auto value) { return sizeof(value); });
}

Samples samples_from(const Array& x, const std::optional<Array>& y) {
  check_shape(x.shape);
  Samples samples;
  samples.size = x.shape.front();
  samples.shape = {x.shape.begin() + 1, x.shape.end()};
  if (is_image(x)) {
    set_image(x, samples);
  } else {
    samples.values = with_type(
        x.type, [&](auto type) { return floats_of<decltype(type)>(x); });
  }
  if (!y) return samples;
  try {
    samples.labels = read_labels(*y, samples.size);
  } catch (const Error& error) {
    throw error.in("y");
  }
  return samples;
}

void check_labels(const std::vector<int64_t>& labels, int64_t classes) {
  for (size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= 0 && (classes == 0 || labels[i] < classes)) continue;
    throw Error("expected labels " +
                (classes == 0 ? "of at least 0"
                              : "from 0 to " + std::to_string(classes - 1)) +
                ", found " + std::to_string(labels[i]) + " at sample " +
                std::to_string(i));
  }
}

}  // namespace nc
