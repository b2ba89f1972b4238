#include "passes/torch/torchscript/constants.h"

#include <ATen/ATen.h>
#include <malloc.h>

#include <algorithm>
#include <cmath>

#include "ir/error.h"
#include "passes/torch/torchscript/constant.h"

namespace nc::torchscript {
namespace {

constexpr int kDeepestNesting = 64;

const at::Tensor* tensor_of(const Item& item) {
  const c10::IValue* value = value_of(item);
  return value != nullptr && value->isTensor() ? &value->toTensor() : nullptr;
}

bool is_plain(const at::Tensor& tensor) {
  return tensor.defined() && tensor.layout() == at::kStrided &&
         tensor.device().is_cpu() && !tensor.is_quantized() &&
         !tensor.is_complex();
}

// The single element of a tensor, as a scalar.
std::optional<at::Scalar> element_of(const Item& item) {
  const at::Tensor* tensor = tensor_of(item);
  if (tensor == nullptr || !is_plain(*tensor) || tensor->numel() != 1) {
    return {};
  }
  return tensor->item();
}

const at::Tensor& plain_tensor(const Item& item) {
  const at::Tensor* tensor = tensor_of(item);
  if (tensor == nullptr) throw Refusal{"expected a constant tensor"};
  if (is_plain(*tensor)) return *tensor;
  throw Refusal{
      "holds quantised, sparse or complex weights, which are not "
      "supported; import the network in float"};
}

Shape shape_of(const at::Tensor& tensor) {
  return Shape(tensor.sizes().begin(), tensor.sizes().end());
}

Tensor converted(const at::Tensor& tensor) {
  at::Tensor values = tensor.detach().to(at::kFloat).contiguous();
  if (!at::isfinite(values).all().item<bool>()) {
    throw Refusal{"holds a weight that is NaN or infinite"};
  }
  const float* first = values.data_ptr<float>();
  return Tensor(shape_of(values),
                std::vector<float>(first, first + values.numel()));
}

template <class Range>
std::vector<Item> wrapped_items(const Range& range, const std::string& owner) {
  std::vector<Item> items;
  for (const c10::IValue& each : range) items.push_back(wrap(each, owner));
  return items;
}

// Values of one sample, as a parameter as small as it can be.
Tensor smallest_parameter(const at::Tensor& values) {
  at::Tensor whole = values.detach().to(at::kDouble).contiguous();
  const double* first = whole.data_ptr<double>();
  std::vector<double> all(first, first + whole.numel());
  Shape shape = whole.dim() == 0 ? Shape{1} : shape_of(whole);
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

// The same values for each sample, or a refusal.
at::Tensor one_sample(const at::Tensor& values) {
  at::Tensor first = values.select(0, 0);
  bool is_repeated = values.size(0) == 1 || values.stride(0) == 0;
  if (is_repeated || at::equal(values, first.unsqueeze(0).expand_as(values))) {
    return first;
  }
  throw Refusal{"meets a constant that differs from sample to sample"};
}

at::Tensor broadcast(const at::Tensor& tensor, const Shape& shape) {
  bool fits = tensor.dim() <= static_cast<int64_t>(shape.size());
  for (int64_t i = 1; fits && i <= tensor.dim(); ++i) {
    int64_t size = tensor.size(-i);
    int64_t wanted = shape[shape.size() - static_cast<size_t>(i)];
    bool is_batch = i == static_cast<int64_t>(shape.size());
    if (is_batch && size != 1 && size != wanted) throw BakedBatch{size};
    fits = size == 1 || size == wanted;
  }
  if (fits) return tensor.expand(shape);
  throw Refusal{"meets a constant of shape " + to_string(shape_of(tensor)) +
                    ", which does not fit values of shape " +
                    to_string(without_batch(shape)),
                true};
}

template <class T, class List>
std::vector<T> elements(const std::vector<Item>& items, List read) {
  std::vector<T> values;
  for (const Item& each : items) {
    auto value = read(each);
    if (!value) break;
    values.push_back(static_cast<T>(*value));
  }
  return values;
}

std::optional<c10::IValue> unwrap_generic(const std::vector<Item>& items,
                                          const c10::TypePtr& element) {
  c10::impl::GenericList list(element);
  for (const Item& each : items) {
    auto value = unwrap(each, element);
    if (!value) return {};
    list.push_back(*value);
  }
  return c10::IValue(list);
}

// Typed lists, as operators expect them.
std::optional<c10::IValue> unwrap_list(const std::vector<Item>& items,
                                       const c10::TypePtr& element) {
  if (element->kind() == c10::TypeKind::IntType) {
    auto values = elements<int64_t>(items, as_integer);
    if (values.size() != items.size()) return {};
    return c10::IValue(values);
  }
  if (element->kind() == c10::TypeKind::FloatType) {
    auto values = elements<double>(items, as_number);
    if (values.size() != items.size()) return {};
    return c10::IValue(values);
  }
  if (element->kind() == c10::TypeKind::BoolType) {
    c10::List<bool> values;
    for (const Item& each : items) {
      auto value = as_flag(each);
      if (!value) return {};
      values.push_back(*value);
    }
    return c10::IValue(values);
  }
  if (element->kind() == c10::TypeKind::TensorType) {
    c10::List<at::Tensor> values;
    for (const Item& each : items) {
      const at::Tensor* tensor = tensor_of(each);
      if (tensor == nullptr) return {};
      values.push_back(*tensor);
    }
    return c10::IValue(values);
  }
  return unwrap_generic(items, element);
}

c10::TypePtr element_type(const c10::TypePtr& type) {
  if (auto list = type->cast<c10::ListType>()) return list->getElementType();
  if (auto optional = type->cast<c10::OptionalType>()) {
    return element_type(optional->getElementType());
  }
  return c10::AnyType::get();
}

std::optional<c10::IValue> unwrap_tuple(const Tuple& tuple) {
  std::vector<c10::IValue> values;
  for (const Item& each : tuple.items) {
    auto value = unwrap(each, c10::AnyType::get());
    if (!value) return {};
    values.push_back(*value);
  }
  return c10::IValue(c10::ivalue::Tuple::create(std::move(values)));
}

// What a file says of a tensor's sizes need not be what it holds.
void require_bytes(const at::Tensor& tensor, const std::string& owner) {
  if (!is_plain(tensor) || tensor.numel() == 0) return;
  int64_t last = tensor.storage_offset();
  bool is_sound = last >= 0;
  for (int64_t i = 0; i < tensor.dim(); ++i) {
    is_sound = is_sound && tensor.stride(i) >= 0 && tensor.size(i) > 0 &&
               tensor.stride(i) < kMaxElements && last < kMaxElements &&
               tensor.size(i) < kMaxElements;
    if (!is_sound) break;
    last += (tensor.size(i) - 1) * tensor.stride(i);
  }
  size_t needed = (static_cast<size_t>(last) + 1) * tensor.itemsize();
  void* data =
      const_cast<void*>(static_cast<const void*>(tensor.storage().data()));
  bool is_there = is_sound && data != nullptr &&
                  needed <= tensor.storage().nbytes() &&
                  needed <= malloc_usable_size(data);
  if (is_there) return;
  throw Error("a tensor of '" + (owner.empty() ? "the model" : owner) +
              "' reaches beyond the bytes stored for it; the file is damaged");
}

}  // namespace

const c10::IValue* value_of(const Item& item) {
  const auto* constant = std::get_if<ConstantRef>(&item);
  return constant == nullptr ? nullptr : &(*constant)->value;
}

Item wrap(const c10::IValue& value, const std::string& owner) {
  if (value.isList()) return make_list(wrapped_items(value.toListRef(), owner));
  if (value.isTuple()) {
    const auto& elements = value.toTupleRef().elements();
    return make_tuple(wrapped_items(elements.vec(), owner));
  }
  if (value.isGenericDict()) {
    auto dict = std::make_shared<Dict>();
    for (const auto& each : value.toGenericDict()) {
      dict->items.emplace_back(wrap(each.key(), owner),
                               wrap(each.value(), owner));
    }
    return dict;
  }
  return std::make_shared<const Constant>(Constant{value, owner, {}});
}

std::optional<c10::IValue> unwrap(const Item& item, const c10::TypePtr& type) {
  if (const c10::IValue* value = value_of(item)) {
    if (value->isDevice()) return c10::IValue(c10::Device(c10::kCPU));
    return *value;
  }
  if (const auto* list = std::get_if<std::shared_ptr<List>>(&item)) {
    return unwrap_list((*list)->items, element_type(type));
  }
  if (const auto* tuple = std::get_if<std::shared_ptr<Tuple>>(&item)) {
    return unwrap_tuple(**tuple);
  }
  return {};
}

Item StoredConstants::wrap(const c10::IValue& value, const std::string& owner) {
  return wrap_nested(value, owner, 0);
}

// A list that a damaged file puts into itself has no end.
Item StoredConstants::wrap_nested(const c10::IValue& value,
                                  const std::string& owner, int depth) {
  if (depth > kDeepestNesting) {
    throw Error("a constant of '" + owner + "' is nested too deeply");
  }
  if (value.isTensor()) return wrap_tensor(value.toTensor(), owner);
  if (value.isList()) {
    auto list = std::make_shared<List>();
    list->is_attribute = true;
    for (const c10::IValue& each : value.toListRef()) {
      list->items.push_back(wrap_nested(each, owner, depth + 1));
    }
    return list;
  }
  if (value.isTuple()) {
    std::vector<Item> items;
    for (const c10::IValue& each : value.toTupleRef().elements()) {
      items.push_back(wrap_nested(each, owner, depth + 1));
    }
    return make_tuple(std::move(items));
  }
  if (value.isGenericDict()) {
    auto dict = std::make_shared<Dict>();
    dict->is_attribute = true;
    for (const auto& each : value.toGenericDict()) {
      dict->items.emplace_back(wrap_nested(each.key(), owner, depth + 1),
                               wrap_nested(each.value(), owner, depth + 1));
    }
    return dict;
  }
  return torchscript::wrap(value, owner);
}

Item StoredConstants::wrap_tensor(const at::Tensor& tensor,
                                  const std::string& owner) {
  if (!tensor.defined()) return torchscript::wrap(tensor, owner);
  auto key = std::make_pair(
      static_cast<const void*>(tensor.unsafeGetTensorImpl()), owner);
  ConstantRef& constant = tensors_[key];
  if (constant == nullptr) {
    require_bytes(tensor, owner);
    constant = std::make_shared<const Constant>(Constant{tensor, owner, {}});
    if (tensor.has_storage()) {
      storages_.insert(tensor.storage().unsafeGetStorageImpl());
    }
  }
  return constant;
}

bool StoredConstants::holds(const at::Tensor& tensor) const {
  return tensor.has_storage() &&
         storages_.count(tensor.storage().unsafeGetStorageImpl()) > 0;
}

Item make_none() { return wrap(c10::IValue()); }
Item make_integer(int64_t value) { return wrap(value); }
Item make_flag(bool value) { return wrap(value); }
Item make_number(double value) { return wrap(value); }
Item make_text(const std::string& value) { return wrap(value); }
Item make_cpu_device() { return wrap(c10::Device(c10::kCPU)); }

Item make_integers(const Shape& values) {
  std::vector<Item> items;
  for (int64_t each : values) items.push_back(make_integer(each));
  return make_list(std::move(items));
}

bool is_none(const Item& item) {
  const c10::IValue* value = value_of(item);
  return value != nullptr && value->isNone();
}

bool is_tensor(const Item& item) { return tensor_of(item) != nullptr; }

std::optional<bool> as_flag(const Item& item) {
  const c10::IValue* value = value_of(item);
  if (value != nullptr && value->isBool()) return value->toBool();
  if (value != nullptr && value->isInt()) return value->toInt() != 0;
  auto element = element_of(item);
  return element ? std::optional(element->to<bool>()) : std::nullopt;
}

std::optional<int64_t> as_integer(const Item& item) {
  const c10::IValue* value = value_of(item);
  if (value != nullptr && value->isInt()) return value->toInt();
  if (value != nullptr && value->isBool()) return value->toBool();
  auto element = element_of(item);
  if (!element || !element->isIntegral(true)) return {};
  return element->to<int64_t>();
}

std::optional<double> as_number(const Item& item) {
  const c10::IValue* value = value_of(item);
  if (value != nullptr && value->isDouble()) return value->toDouble();
  if (auto integer = as_integer(item)) return static_cast<double>(*integer);
  auto element = element_of(item);
  return element ? std::optional(element->to<double>()) : std::nullopt;
}

std::optional<std::string> as_text(const Item& item) {
  const c10::IValue* value = value_of(item);
  if (value == nullptr || !value->isString()) return {};
  return value->toStringRef();
}

std::optional<Shape> as_integers(const Item& item) {
  if (const auto* list = std::get_if<std::shared_ptr<List>>(&item)) {
    auto values = elements<int64_t>((*list)->items, as_integer);
    if (values.size() == (*list)->items.size()) return values;
    return {};
  }
  if (auto integer = as_integer(item)) return Shape{*integer};
  const at::Tensor* tensor = tensor_of(item);
  bool is_line = tensor != nullptr && is_plain(*tensor) && tensor->dim() == 1 &&
                 at::isIntegralType(tensor->scalar_type(), false);
  if (!is_line) return {};
  at::Tensor values = tensor->to(at::kLong).contiguous();
  const int64_t* first = values.data_ptr<int64_t>();
  return Shape(first, first + values.numel());
}

std::string owner_of(const Item& item) {
  const auto* constant = std::get_if<ConstantRef>(&item);
  return constant == nullptr ? "" : (*constant)->owner;
}

Shape shape_of(const Item& tensor) { return shape_of(plain_tensor(tensor)); }

Tensor as_tensor(const Item& item) {
  const at::Tensor& tensor = plain_tensor(item);
  const Constant& constant = *std::get<ConstantRef>(item);
  if (constant.converted.empty()) constant.converted = converted(tensor);
  return constant.converted;
}

Tensor as_parameter(const Item& item, const Shape& shape) {
  if (auto number = as_number(item)) return float_tensor({1}, {*number});
  at::Tensor values = broadcast(plain_tensor(item), shape);
  return smallest_parameter(one_sample(values));
}

}  // namespace nc::torchscript
