// A number, text, tensor, None ... whose value is known, and the questions that
// conversions ask of it. Front ends with tensors of their own derive from it.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "passes/frontend/array.h"
#include "passes/frontend/refusal.h"
#include "passes/frontend/values.h"

namespace nc::frontend {

// Nothing is answered when the constant holds something else; a tensor with a
// single element counts as its element.
class Constant {
 public:
  explicit Constant(std::string module = "") : owner(std::move(module)) {}
  virtual ~Constant() = default;
  Constant(const Constant&) = delete;
  Constant& operator=(const Constant&) = delete;

  virtual bool is_none() const { return false; }
  virtual bool is_tensor() const { return false; }
  virtual std::optional<bool> flag() const { return {}; }
  virtual std::optional<int64_t> integer() const { return {}; }
  virtual std::optional<double> number() const { return {}; }
  virtual std::optional<std::string> text() const { return {}; }
  // Of a tensor of whole numbers with one axis.
  virtual std::optional<Shape> integers() const { return {}; }

  // Of a tensor. Throw Refusal for what is none, or a quantised, sparse or
  // complex one; the second and third also for what they cannot hold.
  virtual Shape shape() const;
  virtual Tensor tensor() const;  // as f32
  virtual Array array() const;

  const std::string owner;  // module that holds it, "layer1.0.conv1"
};

// All but tensors.
class PlainConstant : public Constant {
 public:
  struct Cpu {};  // the device
  using Value =
      std::variant<std::monostate, bool, int64_t, double, std::string, Cpu>;

  explicit PlainConstant(Value value) : value_(std::move(value)) {}
  const Value& value() const { return value_; }

  bool is_none() const override;
  std::optional<bool> flag() const override;
  std::optional<int64_t> integer() const override;
  std::optional<double> number() const override;
  std::optional<std::string> text() const override;

 private:
  Value value_;
};

class ArrayConstant : public Constant {
 public:
  ArrayConstant(Array array, std::string module)
      : Constant(std::move(module)), array_(std::move(array)) {}

  bool is_tensor() const override { return true; }
  std::optional<bool> flag() const override;
  std::optional<int64_t> integer() const override;
  std::optional<double> number() const override;
  std::optional<Shape> integers() const override;
  Shape shape() const override { return array_.shape(); }
  Tensor tensor() const override;
  Array array() const override { return array_; }

 private:
  Array array_;
  mutable Tensor tensor_;  // when somebody has asked
};

Item make_none();
Item make_integer(int64_t value);
Item make_flag(bool value);
Item make_number(double value);
Item make_text(const std::string& value);
Item make_integers(const Shape& values);
Item make_cpu_device();
Item make_array(const Array& array, const std::string& owner = "");

bool is_none(const Item& item);
bool is_tensor(const Item& item);  // one whose value is known

std::optional<bool> as_flag(const Item& item);
std::optional<int64_t> as_integer(const Item& item);
std::optional<double> as_number(const Item& item);
std::optional<std::string> as_text(const Item& item);
std::optional<Shape> as_integers(const Item& item);  // also of a list

// The module that owns the constant, "layer1.0.conv1", or nothing.
std::string owner_of(const Item& item);

Shape shape_of(const Item& tensor);

// A tensor as f32. Throws Refusal for quantised, sparse and complex ones, and
// for those that hold NaN or infinite values.
Tensor as_tensor(const Item& item);

// A tensor, or a number as a tensor without axes.
Array as_array(const Item& item);

// A constant that meets values of `shape` (batch first) element by element, as
// a parameter of the IR: [1], [channels] or the full shape without batch.
// Throws Refusal where it would enlarge the values or differs between samples.
Tensor as_parameter(const Item& item, const Shape& shape);

}  // namespace nc::frontend
