// Folds that make arrays, cast them, or leave them as they are; and questions
// to arrays.
#include "passes/frontend/array_elementwise.h"
#include "passes/frontend/array_shape.h"
#include "passes/frontend/fold_table.h"

namespace nc::frontend {
namespace {

using Kind = Array::Kind;

Array cast(const Arguments& a) {
  Array array = self(a);
  if (a.has("dtype")) return array.as(kind_of_dtype(a.integer("dtype")));
  if (a.has("other")) return array.as(array_of(a, "other").kind());
  return array;
}

template <Kind kind>
Array as_kind(const Arguments& a) {
  return self(a).as(kind);
}

Array copied(const Arguments& a) {
  Array array = cast(a);
  return array.numbers() == self(a).numbers() ? array.copied() : array;
}

Array contiguous(const Arguments& a) { return self(a).dense(); }

bool is_whole(const Arguments& a, const char* name) {
  return !a.has(name) || as_integer(a.item(name)).has_value();
}

Array arange(const Arguments& a) {
  bool whole =
      is_whole(a, "start") && is_whole(a, "end") && is_whole(a, "step");
  Kind kind = whole ? Kind::integer : Kind::real32;
  if (a.has("dtype")) kind = kind_of_dtype(a.integer("dtype"));
  double step = a.has("step") ? a.number("step") : 1;
  if (step == 0) refuse_misfit("counts without end");
  return counted(kind, a.has("start") ? a.number("start") : 0, a.number("end"),
                 step);
}

// Ones where the row is the column.
Array eye(const Arguments& a) {
  int64_t rows = a.integer("n");
  int64_t columns = a.has("m") ? a.integer("m") : rows;
  constexpr int64_t kMost = 1 << 13;
  if (rows < 0 || rows > kMost || columns < 0 || columns > kMost) {
    throw Refusal{"would make a constant that is too large"};
  }
  Kind kind = a.has("dtype") ? kind_of_dtype(a.integer("dtype")) : Kind::real32;
  double sizes[] = {static_cast<double>(rows), static_cast<double>(columns)};
  Array row = with_axis(counted(Kind::integer, 0, sizes[0], 1), 1);
  Array column = counted(Kind::integer, 0, sizes[1], 1);
  return compare(row, Comparison::equal, column).as(kind);
}

// One number, of 32-bit fractions unless told otherwise.
Array scalar(const Arguments& a) {
  Kind kind = Kind::real32;
  if (a.has("dtype")) kind = kind_of_dtype(a.integer("dtype"));
  return array_of(a, "s").as(kind);
}

// The new value of what is overwritten, in its shape.
Array overwritten(const Arguments& a, const char* value) {
  Array array = self(a);
  return broadcast_to(array_of(a, value).as(array.kind()), array.shape());
}

Array fill(const Arguments& a) { return overwritten(a, "value"); }
Array copy(const Arguments& a) { return overwritten(a, "src"); }

Array zero(const Arguments& a) {
  Array array = self(a);
  return Array::filled(array.kind(), array.shape(), 0);
}

std::vector<Item> size(const Arguments& a, const std::string&) {
  Array array = self(a);
  if (!a.has("dim")) return {make_integers(array.shape())};
  return {make_integer(array.size(axis_of(a, "dim", array)))};
}

std::vector<Item> count(const Arguments& a, const std::string&) {
  return {make_integer(self(a).size())};
}

std::vector<Item> item(const Arguments& a, const std::string&) {
  Array array = self(a);
  if (array.is_real()) return {make_number(array.number())};
  return {make_integer(array.integer())};
}

}  // namespace

void add_making_folds(Folds& folds) {
  for (const char* name : {"to", "type_as"}) folds[name] = single(cast);
  for (const char* name :
       {"clone", "lift_fresh_copy", "detach_copy", "_to_copy"}) {
    folds[name] = single(copied);
  }
  for (const char* name :
       {"detach", "alias", "lift", "lift_fresh", "positive", "cpu",
        "resolve_conj", "resolve_neg", "requires_grad"}) {
    folds[name] = single(self);
  }
  folds["contiguous"] = single(contiguous);
  for (const char* name : {"float", "half", "bfloat16"}) {
    folds[name] = single(as_kind<Kind::real32>);
  }
  folds["double"] = single(as_kind<Kind::real64>);
  for (const char* name : {"int", "long"}) {
    folds[name] = single(as_kind<Kind::integer>);
  }
  folds["bool"] = single(as_kind<Kind::boolean>);
  folds["arange"] = single(arange);
  folds["eye"] = single(eye);
  folds["scalar_tensor"] = single(scalar);
  folds["fill"] = single(fill);
  folds["copy"] = single(copy);
  folds["zero"] = single(zero);
  for (const char* name : {"size", "sym_size"}) folds[name] = size;
  for (const char* name : {"numel", "sym_numel"}) folds[name] = count;
  for (const char* name : {"item", "_local_scalar_dense"}) folds[name] = item;
}

}  // namespace nc::frontend
