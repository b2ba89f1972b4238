// Folds that work element by element.
#include "passes/frontend/array_elementwise.h"
#include "passes/frontend/fold_table.h"

namespace nc::frontend {
namespace {

Array other(const Arguments& a) { return array_of(a, "other"); }

Array scaled_by(const Array& array, const Arguments& a, const char* factor) {
  if (!a.has(factor) || a.number(factor) == 1) return array;
  return multiply(array, array_of(a, factor));
}

Array sum(const Arguments& a) {
  return add(self(a), scaled_by(other(a), a, "alpha"));
}
Array difference(const Arguments& a) {
  return subtract(self(a), scaled_by(other(a), a, "alpha"));
}
Array reversed_difference(const Arguments& a) {
  return subtract(other(a), scaled_by(self(a), a, "alpha"));
}
Array product(const Arguments& a) { return multiply(self(a), other(a)); }

Array quotient(const Arguments& a) {
  Rounding rounding = Rounding::none;
  if (a.has("rounding_mode")) {
    bool is_floor = as_text(a.item("rounding_mode")) == "floor";
    rounding = is_floor ? Rounding::floor : Rounding::truncate;
  }
  return divide(self(a), other(a), rounding);
}

Array floored_quotient(const Arguments& a) {
  return divide(self(a), other(a), Rounding::floor);
}

Array bounded(const Arguments& a) {
  Array result = self(a);
  if (a.has("min")) result = maximum(result, array_of(a, "min"));
  if (a.has("max")) result = minimum(result, array_of(a, "max"));
  return result;
}

Array hardtanh(const Arguments& a) {
  return clamp(self(a), a.number("min_val"), a.number("max_val"));
}

Array choice(const Arguments& a) {
  return where(array_of(a, "condition"), self(a), other(a));
}

Array filled_where(const Arguments& a) {
  return where(array_of(a, "mask"), array_of(a, "value"), self(a));
}

// Bits of truth values only.
Array truths(const Arguments& a, const char* name) {
  Array array = array_of(a, name);
  if (array.kind() == Array::Kind::boolean) return array;
  throw Refusal{"computes with the bits of whole numbers"};
}

template <Comparison comparison>
Array compared(const Arguments& a) {
  return compare(self(a), comparison, other(a));
}

template <Array (*f)(const Array&)>
Array mapped(const Arguments& a) {
  return f(self(a));
}

template <Array (*f)(const Array&, const Array&)>
Array combined(const Arguments& a) {
  return f(self(a), other(a));
}

// self + value * tensor1 * tensor2
Array addcmul(const Arguments& a) {
  Array product = multiply(array_of(a, "tensor1"), array_of(a, "tensor2"));
  return add(self(a), scaled_by(product, a, "value"));
}

void add_arithmetic(Folds& folds) {
  folds["add"] = single(sum);
  for (const char* name : {"sub", "subtract"}) folds[name] = single(difference);
  folds["rsub"] = single(reversed_difference);
  for (const char* name : {"mul", "multiply"}) folds[name] = single(product);
  for (const char* name : {"div", "divide", "true_divide"}) {
    folds[name] = single(quotient);
  }
  folds["floor_divide"] = single(floored_quotient);
  folds["remainder"] = single(combined<remainder>);
  folds["pow"] = single([](const Arguments& a) {
    return power(self(a), array_of(a, "exponent"));
  });
  folds["maximum"] = single(combined<maximum>);
  folds["minimum"] = single(combined<minimum>);
  folds["addcmul"] = single(addcmul);
}

void add_questions_of_truth(Folds& folds) {
  folds["eq"] = single(compared<Comparison::equal>);
  folds["ne"] = single(compared<Comparison::unequal>);
  folds["lt"] = single(compared<Comparison::less>);
  folds["le"] = single(compared<Comparison::at_most>);
  folds["gt"] = single(compared<Comparison::greater>);
  folds["ge"] = single(compared<Comparison::at_least>);
  folds["logical_and"] = single(combined<logical_and>);
  folds["logical_or"] = single(combined<logical_or>);
  folds["logical_xor"] = single(combined<logical_xor>);
  folds["logical_not"] = single(mapped<logical_not>);
  folds["bitwise_and"] = single([](const Arguments& a) {
    return logical_and(truths(a, "self"), truths(a, "other"));
  });
  folds["bitwise_or"] = single([](const Arguments& a) {
    return logical_or(truths(a, "self"), truths(a, "other"));
  });
  folds["bitwise_not"] =
      single([](const Arguments& a) { return logical_not(truths(a, "self")); });
  folds["where"] = single(choice);
  folds["masked_fill"] = single(filled_where);
}

}  // namespace

void add_elementwise_folds(Folds& folds) {
  add_arithmetic(folds);
  add_questions_of_truth(folds);
  for (const char* name : {"neg", "negative"}) {
    folds[name] = single(mapped<negative>);
  }
  folds["abs"] = single(mapped<absolute>);
  folds["sign"] = single(mapped<sign>);
  folds["floor"] = single(mapped<floor>);
  folds["ceil"] = single(mapped<ceil>);
  folds["round"] = single(mapped<round>);
  folds["trunc"] = single(mapped<truncate>);
  folds["sqrt"] = single(mapped<square_root>);
  folds["rsqrt"] = single(
      [](const Arguments& a) { return reciprocal(square_root(self(a))); });
  folds["square"] =
      single([](const Arguments& a) { return multiply(self(a), self(a)); });
  folds["reciprocal"] = single(mapped<reciprocal>);
  folds["exp"] = single(mapped<exponential>);
  folds["log"] = single(mapped<logarithm>);
  folds["erf"] = single(mapped<error_function>);
  folds["relu"] = single(mapped<relu>);
  folds["sigmoid"] = single(mapped<sigmoid>);
  folds["tanh"] = single(mapped<hyperbolic_tangent>);
  for (const char* name : {"clamp", "clip", "clamp_min", "clamp_max"}) {
    folds[name] = single(bounded);
  }
  folds["hardtanh"] = single(hardtanh);
}

}  // namespace nc::frontend
