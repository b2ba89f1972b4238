#include "passes/frontend/constant.h"

#include <algorithm>
#include <cmath>

#include "ir/error.h"

namespace nc::frontend {
namespace {

const Constant* constant_of(const Item& item) {
  const auto* constant = std::get_if<ConstantRef>(&item);
  return constant == nullptr ? nullptr : constant->get();
}

const Constant& tensor_of(const Item& item) {
  const Constant* constant = constant_of(item);
  if (constant != nullptr && constant->is_tensor()) return *constant;
  throw Refusal{"expected a constant tensor"};
}

template <class Value>
Item plain(Value value) {
  return std::make_shared<const PlainConstant>(
      PlainConstant::Value(std::move(value)));
}

// Values of one sample, as a parameter as small as it can be.
Tensor smallest_parameter(const Array& values) {
  std::vector<double> all = values.to_doubles();
  Shape shape = values.rank() == 0 ? Shape{1} : values.shape();
  bool is_one = std::all_of(all.begin(), all.end(),
                            [&](double each) { return each == all[0]; });
  if (is_one) return float_tensor({1}, {all.at(0)});
  size_t run = all.size() / static_cast<size_t>(shape[0]);
  std::vector<double> channels;
  for (size_t i = 0; i < all.size(); ++i) {
    if (i % run == 0) channels.push_back(all[i]);
    if (all[i] != channels.back()) return float_tensor(shape, all);
  }
  return float_tensor({shape[0]}, channels);
}

Array sample(const Array& values, int64_t index) {
  return values.viewed(
      Shape(values.shape().begin() + 1, values.shape().end()),
      Shape(values.strides().begin() + 1, values.strides().end()),
      values.offset() + index * values.strides()[0]);
}

// The same values for each sample, or a refusal.
Array one_sample(const Array& values) {
  Array first = sample(values, 0);
  if (values.size(0) == 1 || values.strides()[0] == 0) return first;
  std::vector<double> expected = first.to_doubles();
  for (int64_t i = 1; i < values.size(0); ++i) {
    if (sample(values, i).to_doubles() != expected) {
      throw Refusal{"meets a constant that differs from sample to sample"};
    }
  }
  return first;
}

Array broadcast(const Array& array, const Shape& shape) {
  size_t rank = array.shape().size();
  bool fits = rank <= shape.size();
  for (size_t i = 1; fits && i <= rank; ++i) {
    int64_t size = array.shape()[rank - i];
    int64_t wanted = shape[shape.size() - i];
    bool is_batch = i == shape.size();
    if (is_batch && size != 1 && size != wanted) throw BakedBatch{size};
    fits = size == 1 || size == wanted;
  }
  if (fits) return broadcast_to(array, shape);
  throw Refusal{"meets a constant of shape " + to_string(array.shape()) +
                    ", which does not fit values of shape " +
                    to_string(without_batch(shape)),
                true};
}

// Infinity bounds nothing, and is allowed in bounds.
Tensor without_nan(const Tensor& tensor) {
  for (float each : tensor.values<float>()) {
    if (std::isnan(each)) throw Refusal{"meets a constant that is NaN"};
  }
  return tensor;
}

bool is_finite(const Tensor& tensor) {
  auto values = tensor.values<float>();
  return std::all_of(values.begin(), values.end(),
                     [](float each) { return std::isfinite(each); });
}

}  // namespace

Shape Constant::shape() const { throw Refusal{"expected a constant tensor"}; }
Tensor Constant::tensor() const { throw Refusal{"expected a constant tensor"}; }
Array Constant::array() const { throw Refusal{"expected a constant tensor"}; }

bool PlainConstant::is_none() const {
  return std::holds_alternative<std::monostate>(value_);
}

std::optional<bool> PlainConstant::flag() const {
  auto value = integer();
  return value ? std::optional(*value != 0) : std::nullopt;
}

std::optional<int64_t> PlainConstant::integer() const {
  if (const auto* value = std::get_if<bool>(&value_)) return *value;
  const auto* value = std::get_if<int64_t>(&value_);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<double> PlainConstant::number() const {
  if (const auto* value = std::get_if<double>(&value_)) return *value;
  auto value = integer();
  return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

std::optional<std::string> PlainConstant::text() const {
  const auto* value = std::get_if<std::string>(&value_);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<bool> ArrayConstant::flag() const {
  auto value = number();
  return value ? std::optional(*value != 0) : std::nullopt;
}

std::optional<int64_t> ArrayConstant::integer() const {
  if (array_.size() != 1 || array_.is_real()) return {};
  return array_.integer();
}

std::optional<double> ArrayConstant::number() const {
  if (array_.size() != 1) return {};
  return array_.number();
}

std::optional<Shape> ArrayConstant::integers() const {
  if (array_.rank() != 1 || array_.kind() != Array::Kind::integer) return {};
  return array_.to_integers();
}

Tensor ArrayConstant::tensor() const {
  if (tensor_.empty()) {
    Tensor tensor = array_.to_tensor();
    if (!is_finite(tensor)) {
      throw Refusal{"holds a weight that is NaN or infinite"};
    }
    tensor_ = tensor;
  }
  return tensor_;
}

Item make_none() { return plain(std::monostate()); }
Item make_integer(int64_t value) { return plain(value); }
Item make_flag(bool value) { return plain(value); }
Item make_number(double value) { return plain(value); }
Item make_text(const std::string& value) { return plain(value); }
Item make_cpu_device() { return plain(PlainConstant::Cpu()); }

Item make_integers(const Shape& values) {
  std::vector<Item> items;
  for (int64_t each : values) items.push_back(make_integer(each));
  return make_list(std::move(items));
}

Item make_array(const Array& array, const std::string& owner) {
  return std::make_shared<const ArrayConstant>(array, owner);
}

bool is_none(const Item& item) {
  const Constant* constant = constant_of(item);
  return constant != nullptr && constant->is_none();
}

bool is_tensor(const Item& item) {
  const Constant* constant = constant_of(item);
  return constant != nullptr && constant->is_tensor();
}

std::optional<bool> as_flag(const Item& item) {
  const Constant* constant = constant_of(item);
  return constant == nullptr ? std::nullopt : constant->flag();
}

std::optional<int64_t> as_integer(const Item& item) {
  const Constant* constant = constant_of(item);
  return constant == nullptr ? std::nullopt : constant->integer();
}

std::optional<double> as_number(const Item& item) {
  const Constant* constant = constant_of(item);
  return constant == nullptr ? std::nullopt : constant->number();
}

std::optional<std::string> as_text(const Item& item) {
  const Constant* constant = constant_of(item);
  return constant == nullptr ? std::nullopt : constant->text();
}

std::optional<Shape> as_integers(const Item& item) {
  if (const auto* list = std::get_if<std::shared_ptr<List>>(&item)) {
    Shape values;
    for (const Item& each : (*list)->items) {
      auto value = as_integer(each);
      if (!value) return {};
      values.push_back(*value);
    }
    return values;
  }
  if (auto integer = as_integer(item)) return Shape{*integer};
  const Constant* constant = constant_of(item);
  return constant == nullptr ? std::nullopt : constant->integers();
}

std::string owner_of(const Item& item) {
  const Constant* constant = constant_of(item);
  return constant == nullptr ? "" : constant->owner;
}

Shape shape_of(const Item& tensor) { return tensor_of(tensor).shape(); }

Tensor as_tensor(const Item& item) { return tensor_of(item).tensor(); }

Array as_array(const Item& item) {
  const Constant* constant = constant_of(item);
  if (constant == nullptr || constant->is_tensor()) {
    return tensor_of(item).array();
  }
  if (auto integer = constant->integer()) {
    const auto* value = dynamic_cast<const PlainConstant*>(constant);
    bool is_flag =
        value != nullptr && std::holds_alternative<bool>(value->value());
    return Array(Shape{}, std::vector<int64_t>{*integer},
                 is_flag ? Array::Kind::boolean : Array::Kind::integer);
  }
  auto number = constant->number();
  if (!number) throw Refusal{"expected a constant tensor or a number"};
  return Array(Shape{}, std::vector<double>{*number});
}

Tensor as_parameter(const Item& item, const Shape& shape) {
  if (auto number = as_number(item)) {
    return without_nan(float_tensor({1}, {*number}));
  }
  Array values = broadcast(tensor_of(item).array(), shape);
  if (values.size() == 0) refuse_misfit("meets a constant without elements");
  return without_nan(smallest_parameter(one_sample(values)));
}

}  // namespace nc::frontend
