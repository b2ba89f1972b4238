// Folds that reduce axes, normalise, or multiply matrices.
#include <algorithm>

#include "passes/frontend/array_elementwise.h"
#include "passes/frontend/array_reduce.h"
#include "passes/frontend/array_shape.h"
#include "passes/frontend/fold_table.h"

namespace nc::frontend {
namespace {

bool keeps(const Arguments& a) { return a.has("keepdim") && a.flag("keepdim"); }

template <Reduce how>
Array reduce(const Arguments& a) {
  Array array = self(a);
  if (a.has("dtype")) array = array.as(kind_of_dtype(a.integer("dtype")));
  return reduced(array, how, axes_of(a, "dim", array), keeps(a));
}

// The largest over an axis, or of two arrays; indices are not computed.
template <Reduce how, Array (*of_two)(const Array&, const Array&)>
std::vector<Item> extreme(const Arguments& a, const std::string& owner) {
  if (a.has("other")) {
    return {make_array(of_two(self(a), array_of(a, "other")), owner)};
  }
  std::vector<Item> results = {make_array(reduce<how>(a), owner)};
  if (a.has("dim")) results.push_back(make_none());
  return results;
}

double correction_of(const Arguments& a) {
  if (a.has("correction")) return a.number("correction");
  return a.has("unbiased") && !a.flag("unbiased") ? 0 : 1;
}

Array var(const Arguments& a) {
  Array array = self(a);
  return variance(array, axes_of(a, "dim", array), keeps(a), correction_of(a));
}

Array deviation(const Arguments& a) { return square_root(var(a)); }

template <FoldArray spread>
std::vector<Item> with_mean(const Arguments& a, const std::string& owner) {
  return {make_array(spread(a), owner),
          make_array(reduce<Reduce::mean>(a), owner)};
}

double order_of(const Arguments& a, const char* name) {
  return a.has(name) ? a.number(name) : 2;
}

Array vector_norm(const Arguments& a) {
  Array array = self(a);
  return norm(array, order_of(a, a.has("ord") ? "ord" : "p"),
              axes_of(a, "dim", array), keeps(a));
}

// Over all axes but one; over all when that is -1.
Array norm_except(const Array& array, double order, int64_t axis) {
  if (axis == -1) return norm(array, order, {}, false);
  Shape others;
  for (int64_t i = 0; i < array.rank(); ++i) {
    if (i != axis) others.push_back(i);
  }
  // Over nothing: each element by itself.
  if (others.empty()) return absolute(array);
  return norm(array, order, others, true);
}

// v * (g / |v|)
Array weight_norm(const Arguments& a) {
  Array v = array_of(a, "v");
  Array length = norm_except(v, 2, a.integer("dim"));
  return multiply(v, divide(array_of(a, "g"), length, Rounding::none));
}

Array norm_except_dim(const Arguments& a) {
  return norm_except(array_of(a, "v"), a.number("pow"), a.integer("dim"));
}

// One value per channel, beside values whose channels are axis 1.
Array per_channel(const Array& values, const Array& like) {
  Shape shape(like.shape().size(), 1);
  shape.at(1) = values.size();
  return reshaped(values, shape);
}

// Of a weight, as weight standardisation writes it.
Array batch_norm(const Arguments& a) {
  Array input = array_of(a, "input");
  if (input.rank() < 2) refuse_misfit("expected a channel axis");
  bool is_tracked = a.has("running_mean") && a.has("running_var");
  if (is_tracked && a.flag("training")) {
    throw Refusal{"updates running statistics", false, true};
  }
  Shape axes;
  for (int64_t i = 0; i < input.rank(); ++i) {
    if (i != 1) axes.push_back(i);
  }
  Array mean = is_tracked ? per_channel(array_of(a, "running_mean"), input)
                          : reduced(input, Reduce::mean, axes, true);
  Array spread = is_tracked ? per_channel(array_of(a, "running_var"), input)
                            : variance(input, axes, true, 0);
  Array epsilon = Array::filled(Array::Kind::real64, {}, a.number("eps"));
  Array result = divide(subtract(input, mean),
                        square_root(add(spread, epsilon)), Rounding::none);
  if (a.has("weight")) {
    result = multiply(result, per_channel(array_of(a, "weight"), input));
  }
  if (a.has("bias")) {
    result = add(result, per_channel(array_of(a, "bias"), input));
  }
  return result;
}

// The operator that run_decompositions() makes of it.
std::vector<Item> native_batch_norm(const Arguments& a,
                                    const std::string& owner) {
  return {make_array(batch_norm(a), owner), make_none(), make_none()};
}

Array linear(const Arguments& a) {
  Array weight = array_of(a, "weight");
  Array result =
      matrix_product(array_of(a, "input"),
                     weight.rank() < 2 ? weight : permuted(weight, {1, 0}));
  return a.has("bias") ? add(result, array_of(a, "bias")) : result;
}

Array weighted(const Arguments& a, const char* factor, const Array& array) {
  if (!a.has(factor) || a.number(factor) == 1) return array;
  return multiply(array, array_of(a, factor));
}

Array addmm(const Arguments& a) {
  Array product = matrix_product(array_of(a, "mat1"), array_of(a, "mat2"));
  return add(weighted(a, "beta", self(a)), weighted(a, "alpha", product));
}

template <const char* const& second>
Array product_with(const Arguments& a) {
  return matrix_product(self(a), array_of(a, second));
}

constexpr const char* kMatrix = "mat2";
constexpr const char* kVector = "vec";
constexpr const char* kTensor = "tensor";
constexpr const char* kOther = "other";

void add_products(Folds& folds) {
  for (const char* name : {"mm", "bmm"}) {
    folds[name] = single(product_with<kMatrix>);
  }
  folds["mv"] = single(product_with<kVector>);
  folds["dot"] = single(product_with<kTensor>);
  for (const char* name : {"matmul", "vdot"}) {
    folds[name] = single(product_with<kOther>);
  }
  folds["linear"] = single(linear);
  folds["addmm"] = single(addmm);
}

}  // namespace

void add_reduction_folds(Folds& folds) {
  folds["sum"] = single(reduce<Reduce::sum>);
  folds["mean"] = single(reduce<Reduce::mean>);
  folds["prod"] = single(reduce<Reduce::product>);
  folds["amax"] = single(reduce<Reduce::largest>);
  folds["amin"] = single(reduce<Reduce::smallest>);
  folds["all"] = single(reduce<Reduce::all>);
  folds["any"] = single(reduce<Reduce::any>);
  folds["max"] = extreme<Reduce::largest, maximum>;
  folds["min"] = extreme<Reduce::smallest, minimum>;
  folds["var"] = single(var);
  folds["std"] = single(deviation);
  folds["var_mean"] = with_mean<var>;
  folds["std_mean"] = with_mean<deviation>;
  for (const char* name : {"norm", "linalg_vector_norm", "frobenius_norm"}) {
    folds[name] = single(vector_norm);
  }
  folds["_weight_norm"] = single(weight_norm);
  folds["norm_except_dim"] = single(norm_except_dim);
  folds["batch_norm"] = single(batch_norm);
  folds["_native_batch_norm_legit"] = native_batch_norm;
  add_products(folds);
}

}  // namespace nc::frontend
