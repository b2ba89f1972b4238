// ONNX models made here that go wrong: each is answered by what is wrong in it.
#include <catch2/catch.hpp>

#include "test/support/onnx_import.h"
#include "test/support/torture_set.h"
#include "test/unit/temporary_folder.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using test::complaint;
using test::imported_onnx;
using test::OnnxModel;
using test::run;
using test::set_graph;
using test::set_integer;
using test::set_integers;

TEST_CASE("operator sets that are too old or too new are refused by number") {
  for (int64_t opset : {0, 10, 23}) {
    OnnxModel model({-1, 4}, opset);
    model.add("Relu", {"x"});
    CHECK_THAT(complaint(model), Contains("expected operator set (opset) 11 "
                                          "to 22"));
    if (opset > 0) {
      CHECK_THAT(complaint(model), Contains(std::to_string(opset)));
    }
  }
}

TEST_CASE("an input shape that the model leaves open is asked for") {
  OnnxModel model({-1, 3, -1, -1});
  model.add("Relu", {"x"});
  CHECK_THAT(complaint(model), Contains("--input-shape 3,H,W"));
  CHECK_THAT(complaint(model, {Shape{4, 8, 8}, 0}),
             Contains("expected the shape 3,H,W"));
  test::TemporaryFolder folder;
  std::string path = folder.write("net.onnx", model.bytes());
  Imported result = import_onnx(path, {Shape{3, 8, 6}, 0});
  CHECK(std::get<Input>(result.graph.input().op).shape == Shape{3, 8, 6});
}

TEST_CASE("an input shape that is not the model's is refused") {
  OnnxModel model({1, 4});
  model.add("Relu", {"x"});
  CHECK_THAT(complaint(model, {Shape{5}, 0}), Contains("found [5]"));
  CHECK_THAT(complaint(model, {Shape{4, 1}, 0}), Contains("found [4, 1]"));
  CHECK_THAT(complaint(model, {Shape{-4}, 0}), Contains("positive sizes"));
}

TEST_CASE("an ONNX model has one tensor of fractions as its input") {
  OnnxModel two({-1, 4});
  two.model.mutable_graph()->add_input()->set_name("mask");
  two.add("Add", {"x", "mask"});
  CHECK_THAT(complaint(two), Contains("2 inputs ('x', 'mask')"));
  OnnxModel none({-1, 4});
  none.model.mutable_graph()->clear_input();
  none.add("Relu", {"x"});
  CHECK_THAT(complaint(none), Contains("0 inputs"));
  OnnxModel whole({-1, 4});
  whole.model.mutable_graph()
      ->mutable_input(0)
      ->mutable_type()
      ->mutable_tensor_type()
      ->set_elem_type(::onnx::TensorProto::INT64);
  whole.add("Relu", {"x"});
  CHECK_THAT(complaint(whole), Contains("floating-point"));
  OnnxModel line({-1});
  line.add("Relu", {"x"});
  CHECK_THAT(complaint(line), Contains("expected a batch axis and others"));
}

TEST_CASE("an output that an ONNX model does not have is refused") {
  OnnxModel model({-1, 4});
  model.add("Relu", {"x"});
  CHECK_THAT(complaint(model, {{}, 1}), Contains("there is no output 1"));
  OnnxModel constant({-1, 4});
  constant.weight("w", {4}, {1, 2, 3, 4});
  constant.add("Relu", {"w"});
  CHECK_THAT(complaint(constant), Contains("does not depend on the input"));
}

TEST_CASE("operators of other sets are refused by their full name") {
  OnnxModel model({-1, 2, 4, 4});
  model.weight("w", {2, 2, 1, 1}, {1, 2, 3, 4});
  model.add("FusedConv", {"x", "w"}).set_domain("com.microsoft");
  CHECK_THAT(complaint(model), Contains("com.microsoft.FusedConv (): is an "
                                        "operator of onnxruntime"));
}

TEST_CASE("operators of quantised networks are refused by name") {
  for (const char* op :
       {"QuantizeLinear", "DequantizeLinear", "QLinearConv", "MatMulInteger"}) {
    OnnxModel model({-1, 4});
    model.weight("scale", {1}, {0.5f});
    model.add(op, {"x", "scale"}, "q");
    model.add("Relu", {"q"});
    CHECK_THAT(complaint(model),
               Contains(std::string(op) + " (): is an "
                                          "operator of a quantised network"));
  }
}

TEST_CASE("all operators without a conversion are listed") {
  OnnxModel model({-1, 4, 6});
  model.add("Elu", {"x"}, "a");
  model.add("NotThere", {"a"}, "b");
  model.add("Relu", {"b"}, "c");
  model.add("LSTM", {"c"}, "y");
  std::string text = complaint(model);
  for (const char* op : {"Elu", "NotThere", "LSTM"}) {
    CHECK_THAT(text, Contains(op));
  }
  CHECK(text.find("Relu") == std::string::npos);
}

TEST_CASE("what an ONNX node says and nobody knows is refused") {
  OnnxModel model({-1, 4});
  set_integer(model.add("Relu", {"x"}), "consumed_inputs", 1);
  CHECK_THAT(complaint(model), Contains("'consumed_inputs' is not known"));
}

TEST_CASE("a graph that is out of order is an error") {
  OnnxModel unsorted({-1, 4});
  unsorted.add("Relu", {"later"}, "y");
  unsorted.add("Relu", {"x"}, "later");
  CHECK_THAT(complaint(unsorted), Contains("nothing gives the value 'later'"));
  OnnxModel twice({-1, 4});
  twice.add("Relu", {"x"}, "y");
  twice.add("Tanh", {"x"}, "y");
  CHECK_THAT(complaint(twice), Contains("two nodes give the value 'y'"));
}

TEST_CASE("a tensor that is not as it says is an error") {
  auto with = [](auto change) {
    OnnxModel model({-1, 2});
    change(model.weight("w", {2}, {1, 2}));
    model.add("Add", {"x", "w"});
    return complaint(model);
  };
  using Proto = ::onnx::TensorProto;
  CHECK_THAT(with([](Proto& w) { w.add_dims(3); }),
             Contains("tensor 'w': expected 6 numbers, found 2"));
  CHECK_THAT(with([](Proto& w) { w.add_dims(-1); }), Contains("[2, -1]"));
  CHECK_THAT(with([](Proto& w) { w.add_dims(int64_t{1} << 62); }),
             Contains("tensor 'w'"));
  CHECK_THAT(with([](Proto& w) { w.set_raw_data("short"); }),
             Contains("expected 8 bytes, found 5"));
  CHECK_THAT(with([](Proto& w) { w.set_data_type(Proto::STRING); }),
             Contains("texts"));
  CHECK_THAT(with([](Proto& w) { w.set_data_type(22); }),
             Contains("ONNX's type 22"));
  CHECK_THAT(with([](Proto& w) { w.set_float_data(0, NAN); }), Contains("Add"));
}

TEST_CASE("a choice by a constant takes one branch") {
  OnnxModel model({-1, 2});
  auto& flag = model.integers("flag", {1});
  flag.set_data_type(::onnx::TensorProto::BOOL);
  flag.clear_int64_data();
  flag.add_int32_data(1);
  auto& node = model.add("If", {"flag"});
  for (const char* name : {"then_branch", "else_branch"}) {
    auto& branch = set_graph(node, name);
    auto& inner = *branch.add_node();
    inner.set_op_type(name[0] == 't' ? "Neg" : "Relu");
    inner.add_input("x");
    inner.add_output(name);
    branch.add_output()->set_name(name);
  }
  Outputs found = run(imported_onnx(model), {1, -2});
  CHECK(found.values == std::vector<double>{-1, 2});
}

TEST_CASE("control flow that the data decide is refused") {
  OnnxModel model({-1, 2});
  model.add("If", {"x"});
  CHECK_THAT(complaint(model), Contains("branches on the data"));
  OnnxModel loop({-1, 2});
  loop.add("Loop", {"", "", "x"});
  CHECK_THAT(complaint(loop), Contains("repeats a part"));
}

TEST_CASE("graphs nested without end are an error") {
  OnnxModel model({-1, 2});
  ::onnx::NodeProto* node = &model.add("If", {"x"});
  for (int i = 0; i < 200; ++i) {
    node = set_graph(*node, "then_branch").add_node();
    node->set_op_type("If");
  }
  CHECK_THAT(complaint(model), Contains("not an ONNX model"));
}

TEST_CASE("what mixes samples is refused") {
  OnnxModel expanded({1, 3, 1});
  expanded.integers("shape", {3, 1, 1});
  expanded.add("Expand", {"x", "shape"});
  CHECK_THAT(complaint(expanded), Contains("makes 3 samples of 1"));
  OnnxModel model({-1, 2});
  set_integer(model.add("Concat", {"x", "x"}), "axis", 0);
  CHECK_THAT(complaint(model), Contains("batch"));
  OnnxModel transposed({2, 2});
  transposed.add("Transpose", {"x"});
  CHECK_THAT(complaint(transposed), Contains("batch"));
  OnnxModel gemm({-1, 2});
  gemm.weight("w", {2, 2}, {1, 2, 3, 4});
  set_integer(gemm.add("Gemm", {"x", "w"}), "transA", 1);
  CHECK_THAT(complaint(gemm), Contains("transA"));
  OnnxModel squeezed({1, 1, 4});
  squeezed.integers("axes", {0});
  squeezed.add("Squeeze", {"x", "axes"});
  CHECK_THAT(complaint(squeezed), Contains("batch axis away"));
}

TEST_CASE("a number made from the batch's size is refused") {
  OnnxModel model({-1, 2});
  model.add("Shape", {"x"}, "sizes");
  model.integers("zero", {0});
  model.add("Gather", {"sizes", "zero"}, "size");
  set_integer(model.add("Cast", {"size"}, "factor"), "to", 1);
  model.add("Mul", {"x", "factor"});
  CHECK_THAT(complaint(model), Contains("computes with the size of the batch"));
}

TEST_CASE("lists and shapes without end are refused") {
  OnnxModel axes({-1, 2});
  axes.integers("axes", std::vector<int64_t>(2000, 1));
  axes.add("Unsqueeze", {"x", "axes"});
  CHECK_THAT(complaint(axes), Contains("a list of 2000 numbers"));
  OnnxModel shape({-1, 2});
  shape.weight("w", Shape(100, 1), {1});
  shape.add("Add", {"x", "w"});
  CHECK_THAT(complaint(shape), Contains("has 100 axes"));
}

TEST_CASE("a constant without elements is refused") {
  OnnxModel model({-1, 4, 2});
  model.weight("none", {4, 0}, {});
  model.add("Add", {"x", "none"});
  CHECK_THAT(complaint(model), Contains("Add ()"));
}

TEST_CASE("indices of a pool are not to be read") {
  OnnxModel model({-1, 1, 4, 4});
  auto& node = model.add("MaxPool", {"x"}, "values");
  set_integers(node, "kernel_shape", {2, 2});
  node.add_output("indices");
  model.add("Relu", {"indices"});
  CHECK_THAT(complaint(model), Contains("reads indices"));
}

TEST_CASE("a small file makes no large constants") {
  for (const char* op : {"Add", "Tile", "MatMul", "Concat", "Gather"}) {
    INFO(op);
    OnnxModel model({-1, 2});
    model.integers("shape", {8192, 8192});
    model.add("ConstantOfShape", {"shape"}, "large");
    auto& node = model.add(op, {"large", "large"}, "larger");
    if (op[0] == 'C') set_integer(node, "axis", 0);
    if (op[0] == 'T') node.set_input(1, "shape");
    if (op[0] == 'G') node.set_input(1, "shape");
    model.add("Add", {"x", "larger"});
    CHECK_THAT(complaint(model), Contains("would make a constant of more"));
  }
}

TEST_CASE("slopes of a PRelu are broadcast as ONNX does it") {
  OnnxModel model({-1, 2, 1, 2});
  model.weight("slope", {2, 1, 1}, {0.5f, 2});
  model.add("PRelu", {"x", "slope"});
  Outputs found = run(imported_onnx(model), {-1, 2, -3, 4});
  CHECK(found.values == std::vector<double>{-0.5, 2, -6, 4});
}

}  // namespace
}  // namespace nc
