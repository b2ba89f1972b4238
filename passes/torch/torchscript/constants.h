// Constants of the source program as LibTorch holds them, and how they become
// items and back. Private to the files that walk LibTorch's graphs.
#pragma once

#include <ATen/core/ivalue.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "passes/frontend/constant.h"

namespace nc::torchscript {

using namespace nc::frontend;

class TorchConstant : public Constant {
 public:
  TorchConstant(c10::IValue given, std::string module)
      : Constant(std::move(module)), value(std::move(given)) {}

  bool is_none() const override { return value.isNone(); }
  bool is_tensor() const override { return value.isTensor(); }
  std::optional<bool> flag() const override;
  std::optional<int64_t> integer() const override;
  std::optional<double> number() const override;
  std::optional<std::string> text() const override;
  std::optional<Shape> integers() const override;
  Shape shape() const override;
  Tensor tensor() const override;
  Array array() const override;

  const c10::IValue value;

 private:
  const at::Tensor& plain_tensor() const;
  std::optional<at::Scalar> element() const;

  mutable Tensor converted_;  // to f32, when somebody has asked
};

// Lists, tuples and dicts are taken apart.
Item wrap(const c10::IValue& value, const std::string& owner = "");

// The value for an operator's argument of that type; nothing when a part of
// it depends on the data. Devices become the CPU.
std::optional<c10::IValue> unwrap(const Item& item, const c10::TypePtr& type);

const c10::IValue* value_of(const Item& item);  // of a TorchConstant

// The constants that came with the file. They must not change, and are
// converted once for all walks.
class StoredConstants {
 public:
  // Throws Error when a tensor reaches beyond the bytes that it has.
  Item wrap(const c10::IValue& value, const std::string& owner);

  // Whether the tensor lies in the storage of one of them.
  bool holds(const at::Tensor& tensor) const;

 private:
  Item wrap_nested(const c10::IValue& value, const std::string& owner,
                   int depth);
  Item wrap_tensor(const at::Tensor& tensor, const std::string& owner);

  std::set<const void*> storages_;
  std::map<std::pair<const void*, std::string>, ConstantRef> tensors_;
};

}  // namespace nc::torchscript
