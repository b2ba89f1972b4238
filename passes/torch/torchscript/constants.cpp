#include "passes/torch/torchscript/constants.h"

#include <ATen/ATen.h>
#include <malloc.h>

#include <variant>

#include "ir/error.h"

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

c10::IValue unwrap_plain(const PlainConstant& constant) {
  struct Unwrap {
    c10::IValue operator()(std::monostate) const { return {}; }
    c10::IValue operator()(bool value) const { return value; }
    c10::IValue operator()(int64_t value) const { return value; }
    c10::IValue operator()(double value) const { return value; }
    c10::IValue operator()(const std::string& value) const { return value; }
    c10::IValue operator()(PlainConstant::Cpu) const {
      return c10::Device(c10::kCPU);
    }
  };
  return std::visit(Unwrap(), constant.value());
}

template <class Range>
std::vector<Item> wrapped_items(const Range& range, const std::string& owner) {
  std::vector<Item> items;
  for (const c10::IValue& each : range) items.push_back(wrap(each, owner));
  return items;
}

// What repeats along an axis (stride 0) is copied once.
Array array_of(const at::Tensor& tensor) {
  at::Tensor values = tensor.detach();
  for (int64_t i = 0; i < values.dim(); ++i) {
    bool repeats = values.stride(i) == 0 && values.size(i) > 1;
    if (repeats) values = values.narrow(i, 0, 1);
  }
  auto numbers = [&](auto type) {
    using T = decltype(type);
    at::Tensor whole = values.to(c10::CppTypeToScalarType<T>::value);
    whole = whole.contiguous();
    const T* first = whole.data_ptr<T>();
    return std::vector<T>(first, first + whole.numel());
  };
  Shape shape = shape_of(values);
  at::ScalarType type = values.scalar_type();
  Array array = type == at::kDouble ? Array(shape, numbers(double()))
                : at::isFloatingType(type)
                    ? Array(shape, numbers(float()))
                    : Array(shape, numbers(int64_t()),
                            type == at::kBool ? Array::Kind::boolean
                                              : Array::Kind::integer);
  return broadcast_to(array, shape_of(tensor));
}

template <class T, class Read>
std::vector<T> elements(const std::vector<Item>& items, Read read) {
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

std::optional<bool> TorchConstant::flag() const {
  if (value.isBool()) return value.toBool();
  if (value.isInt()) return value.toInt() != 0;
  auto scalar = element();
  return scalar ? std::optional(scalar->to<bool>()) : std::nullopt;
}

std::optional<int64_t> TorchConstant::integer() const {
  if (value.isInt()) return value.toInt();
  if (value.isBool()) return value.toBool();
  auto scalar = element();
  if (!scalar || !scalar->isIntegral(true)) return {};
  return scalar->to<int64_t>();
}

std::optional<double> TorchConstant::number() const {
  if (value.isDouble()) return value.toDouble();
  if (auto whole = integer()) return static_cast<double>(*whole);
  auto scalar = element();
  return scalar ? std::optional(scalar->to<double>()) : std::nullopt;
}

std::optional<std::string> TorchConstant::text() const {
  if (!value.isString()) return {};
  return value.toStringRef();
}

std::optional<Shape> TorchConstant::integers() const {
  bool is_line = value.isTensor() && is_plain(value.toTensor()) &&
                 value.toTensor().dim() == 1 &&
                 at::isIntegralType(value.toTensor().scalar_type(), false);
  if (!is_line) return {};
  at::Tensor values = value.toTensor().to(at::kLong).contiguous();
  const int64_t* first = values.data_ptr<int64_t>();
  return Shape(first, first + values.numel());
}

Shape TorchConstant::shape() const { return shape_of(plain_tensor()); }

Tensor TorchConstant::tensor() const {
  if (converted_.empty()) converted_ = converted(plain_tensor());
  return converted_;
}

Array TorchConstant::array() const { return array_of(plain_tensor()); }

const at::Tensor& TorchConstant::plain_tensor() const {
  if (!value.isTensor()) throw Refusal{"expected a constant tensor"};
  if (is_plain(value.toTensor())) return value.toTensor();
  throw Refusal{
      "holds quantised, sparse or complex weights, which are not "
      "supported; import the network in float"};
}

// The single element of a tensor.
std::optional<at::Scalar> TorchConstant::element() const {
  bool is_single = value.isTensor() && is_plain(value.toTensor()) &&
                   value.toTensor().numel() == 1;
  return is_single ? std::optional(value.toTensor().item()) : std::nullopt;
}

const c10::IValue* value_of(const Item& item) {
  const auto* constant = std::get_if<ConstantRef>(&item);
  if (constant == nullptr) return nullptr;
  const auto* own = dynamic_cast<const TorchConstant*>(constant->get());
  return own == nullptr ? nullptr : &own->value;
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
  return std::make_shared<const TorchConstant>(value, owner);
}

std::optional<c10::IValue> unwrap(const Item& item, const c10::TypePtr& type) {
  if (const c10::IValue* value = value_of(item)) {
    if (value->isDevice()) return c10::IValue(c10::Device(c10::kCPU));
    return *value;
  }
  if (const auto* constant = std::get_if<ConstantRef>(&item)) {
    const auto* plain = dynamic_cast<const PlainConstant*>(constant->get());
    if (plain != nullptr) return unwrap_plain(*plain);
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
    constant = std::make_shared<const TorchConstant>(tensor, owner);
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

}  // namespace nc::torchscript
