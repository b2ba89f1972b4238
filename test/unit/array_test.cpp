// Arithmetic on constants, as PyTorch has it.
#include <catch2/catch.hpp>
#include <cmath>

#include "passes/frontend/array_elementwise.h"
#include "passes/frontend/array_reduce.h"
#include "passes/frontend/array_shape.h"
#include "passes/frontend/fold_constants.h"

namespace nc::frontend {
namespace {

using Kind = Array::Kind;
using Integers = std::vector<int64_t>;
using Reals = std::vector<double>;

Array integers(const Integers& values) {
  return Array({static_cast<int64_t>(values.size())}, values);
}

Array reals(const Reals& values) {
  return Array::of(Kind::real32, {static_cast<int64_t>(values.size())}, values);
}

Array number(double value) { return Array::of(Kind::real64, {}, {value}); }

Array counting(const Shape& shape) {
  Integers values(static_cast<size_t>(element_count(shape)));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<int64_t>(i);
  }
  return Array(shape, values);
}

TEST_CASE("kinds are promoted, and numbers adapt to arrays") {
  CHECK(add(integers({1}), reals({1})).kind() == Kind::real32);
  CHECK(add(reals({1}), number(1)).kind() == Kind::real32);
  CHECK(add(integers({1}), number(0.5)).kind() == Kind::real32);
  CHECK(add(reals({1}).as(Kind::real64), number(1)).kind() == Kind::real64);
  CHECK(divide(integers({1}), integers({2}), Rounding::none).to_doubles() ==
        Reals{0.5});
  Array flags = compare(integers({1, 2}), Comparison::less, integers({2, 2}));
  CHECK(flags.kind() == Kind::boolean);
  CHECK(flags.to_integers() == Integers{1, 0});
}

TEST_CASE("results of 32-bit numbers are rounded to 32 bits once") {
  float third = 1.0f / 3;
  Array sum = add(reals({double{third}}), reals({1e-9}));
  CHECK(sum.to_doubles()[0] == double{third + 1e-9f});
  CHECK(multiply(reals({double{third}}), number(0.1)).to_doubles()[0] ==
        double{third * 0.1f});
}

TEST_CASE("whole numbers are divided towards the floor or towards zero") {
  Array a = integers({7, -7, 7, -7});
  Array b = integers({2, 2, -2, -2});
  CHECK(divide(a, b, Rounding::floor).to_integers() == Integers{3, -4, -4, 3});
  CHECK(divide(a, b, Rounding::truncate).to_integers() ==
        Integers{3, -3, -3, 3});
  CHECK(remainder(a, b).to_integers() == Integers{1, 1, -1, -1});
  CHECK_THROWS_AS(divide(a, integers({0}), Rounding::floor), Refusal);
  Array least = integers({INT64_MIN});
  CHECK(divide(least, integers({-1}), Rounding::floor).to_integers() ==
        Integers{INT64_MIN});
  CHECK(power(integers({3}), integers({4})).to_integers() == Integers{81});
}

TEST_CASE("shapes are broadcast to each other, or refused") {
  Array table = add(counting({2, 1}), counting({3}));
  CHECK(table.shape() == Shape{2, 3});
  CHECK(table.to_integers() == Integers{0, 1, 2, 1, 2, 3});
  CHECK_THROWS_AS(add(counting({2}), counting({3})), Refusal);
}

TEST_CASE("repeated axes take no memory, through arithmetic too") {
  Shape huge = {1 << 20, 3, 1 << 20};
  Array wide = broadcast_to(reshaped(reals({1, 2, 3}), {3, 1}), huge);
  Array sum =
      add(multiply(wide, number(2)), Array::filled(Kind::real32, huge, 1));
  CHECK(sum.shape() == huge);
  CHECK(sum.numbers_size() == 3);
  CHECK(without_repetition(sum).to_doubles() == Reals{3, 5, 7});
  CHECK_THROWS_AS(wide.to_doubles(), Refusal);
}

TEST_CASE("views share numbers; what is written shows in the others") {
  Array whole = counting({2, 3});
  Array row = selected(whole, 0, 1);
  CHECK(row.numbers() == whole.numbers());
  CHECK(row.to_integers() == Integers{3, 4, 5});
  Array written = row.written(integers({7, 8, 9}));
  CHECK(written.to_integers() == Integers{7, 8, 9});
  CHECK(whole.onto(written).to_integers() == Integers{0, 1, 2, 7, 8, 9});
  CHECK(whole.to_integers() == Integers{0, 1, 2, 3, 4, 5});
  CHECK(whole.copied().numbers() != whole.numbers());
}

TEST_CASE("arrays are reshaped, permuted, cut and joined") {
  Array whole = counting({2, 3});
  CHECK(permuted(whole, {1, 0}).to_integers() == Integers{0, 3, 1, 4, 2, 5});
  CHECK(reshaped(permuted(whole, {1, 0}), {-1, 2}).to_integers() ==
        Integers{0, 3, 1, 4, 2, 5});
  CHECK(sliced(whole, 1, 0, 3, 2).to_integers() == Integers{0, 2, 3, 5});
  CHECK(taken(whole, 1, integers({2, -3})).to_integers() ==
        Integers{2, 0, 5, 3});
  CHECK(gathered(whole, 1, Array({2, 1}, Integers{2, 0})).to_integers() ==
        Integers{2, 3});
  CHECK(flipped(whole, {0, 1}).to_integers() == Integers{5, 4, 3, 2, 1, 0});
  CHECK(concatenated({whole, whole}, 1).to_integers() ==
        Integers{0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5});
  CHECK(stacked({whole, whole}, 2).shape() == Shape{2, 3, 2});
  CHECK(repeated(whole, {2, 1, 2}).shape() == Shape{2, 2, 6});
  CHECK(padded(whole, {0, 1}, {1, -1}, 9).to_integers() ==
        Integers{9, 0, 1, 9, 3, 4, 9, 9, 9});
  CHECK(counted(Kind::integer, 1, 8, 3).to_integers() == Integers{1, 4, 7});
  CHECK_THROWS_AS(reshaped(whole, {4, 2}), Refusal);
  CHECK_THROWS_AS(permuted(whole, {0, 0}), Refusal);
  CHECK_THROWS_AS(taken(whole, 1, integers({3})), Refusal);
  CHECK_THROWS_AS(counted(Kind::integer, 0, 1e18, 1), Refusal);
  CHECK_THROWS_AS(repeated(whole, {1 << 20, 1 << 20}), Refusal);
}

TEST_CASE("axes are reduced") {
  Array whole = counting({2, 3}).as(Kind::real32);
  CHECK(reduced(whole, Reduce::sum, {1}, true).shape() == Shape{2, 1});
  CHECK(reduced(whole, Reduce::sum, {0}, false).to_doubles() == Reals{3, 5, 7});
  CHECK(reduced(whole, Reduce::mean, {}, false).number() == 2.5);
  CHECK(reduced(whole, Reduce::largest, {1}, false).to_doubles() ==
        Reals{2, 5});
  CHECK(variance(whole, {1}, false, 1).to_doubles() == Reals{1, 1});
  CHECK(norm(reals({3, -4}), 2, {}, false).number() == 5);
  CHECK(norm(reals({3, -4}), INFINITY, {}, false).number() == 4);
  CHECK_THROWS_AS(reduced(integers({1}), Reduce::mean, {}, false), Refusal);
}

TEST_CASE("matrices are multiplied as torch.matmul does") {
  Array a = counting({2, 3});
  CHECK(matrix_product(a, permuted(a, {1, 0})).to_integers() ==
        Integers{5, 14, 14, 50});
  CHECK(matrix_product(a, integers({1, 1, 1})).to_integers() ==
        Integers{3, 12});
  CHECK(matrix_product(integers({1, 2}), a).to_integers() ==
        Integers{6, 9, 12});
  CHECK(matrix_product(integers({1, 2, 3}), integers({1, 2, 3})).integer() ==
        14);
  Array stack = matrix_product(counting({4, 1, 2}), counting({2, 2}));
  CHECK(stack.shape() == Shape{4, 1, 2});
  CHECK_THROWS_AS(matrix_product(a, a), Refusal);
}

Operation operation(const std::string& name,
                    const std::vector<std::pair<std::string, Item>>& inputs) {
  Operation result;
  result.name = name;
  for (const auto& [argument, item] : inputs) {
    result.arguments.push_back(argument);
    result.inputs.push_back(item);
  }
  return result;
}

TEST_CASE("operators on constants are computed by name, or refused") {
  Item two = make_array(reals({2, 4}), "conv");
  Operation product =
      operation("mul_", {{"self", two}, {"other", make_number(0.5)}});
  Item result = fold_constants(product).at(0);
  CHECK(as_array(result).to_doubles() == Reals{1, 2});
  CHECK(owner_of(result) == "conv");
  Operation unknown = operation("from_file", {{"filename", make_text("x")}});
  CHECK_FALSE(may_fold("from_file"));
  CHECK_THROWS_AS(fold_constants(unknown), Refusal);
}

TEST_CASE("a tensor of one value takes its shape from one that is not known") {
  Operation zeros =
      operation("zeros", {{"size", make_integers({1 << 20, 1 << 20})}});
  auto filled = fold_filled(zeros);
  REQUIRE(filled);
  CHECK(shape_of(*filled) == Shape{1 << 20, 1 << 20});
  CHECK(as_parameter(*filled, {1 << 20, 1 << 20}).size() == 1);
}

TEST_CASE("a constant meets values as the smallest parameter") {
  Item map = make_array(reals({1, 1, 2, 2}));
  Array square = reshaped(as_array(map), {1, 2, 2});
  CHECK(as_parameter(make_array(square), {5, 3, 2, 2}).shape() ==
        Shape{3, 2, 2});
  Array channels = reshaped(as_array(map), {4, 1, 1});
  CHECK(as_parameter(make_array(channels), {5, 4, 2, 2}).shape() == Shape{4});
  CHECK(as_parameter(make_number(3), {5, 4}).shape() == Shape{1});
  CHECK_THROWS_AS(as_parameter(make_array(reals({1, 2, 3})), {5, 4}), Refusal);
  Array batch = reshaped(as_array(map), {4, 1});
  CHECK_THROWS_AS(as_parameter(make_array(batch), {5, 4}), BakedBatch);
  CHECK_THROWS_AS(as_parameter(make_array(batch), {4, 4}), Refusal);
}

}  // namespace
}  // namespace nc::frontend
