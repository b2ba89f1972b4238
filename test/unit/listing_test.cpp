#include "ir/listing.h"

#include <catch2/catch.hpp>
#include <set>

#include "ir/diff.h"
#include "ir/error.h"
#include "ir/file.h"
#include "ir/verify.h"
#include "test/support/sample_graphs.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::Equals;
using Lines = std::vector<std::string>;

std::string with_values(const Graph& graph) {
  return listing(graph, ListingOptions{true});
}

Graph without_provenance(Graph graph) {
  for (Step& step : graph.history) {
    step = Step{step.tool, "", step.arguments, {}, {}, {}};
  }
  return graph;
}

// The tensor that parse_listing() makes of this text.
Tensor tensor(const std::string& text) {
  Graph graph = parse_listing("snn x\nn = scale(weight=" + text + ")");
  return std::get<Scale>(graph.nodes.at(0).op).weight;
}

void check_fails(const std::string& text, const std::string& message) {
  CHECK_THROWS_WITH(parse_listing(text), Equals(message));
}

TEST_CASE("the sample graphs are valid") {
  CHECK_NOTHROW(require_valid(test::every_op()));
  CHECK_NOTHROW(require_valid(test::small_ann()));
  CHECK_NOTHROW(require_quantized(test::spiking_mlp()));
  CHECK_NOTHROW(require_valid(test::spiking_mlp()));
  CHECK_NOTHROW(require_quantized(test::spiking_conv_net()));
  CHECK_NOTHROW(require_valid(test::spiking_conv_net()));
}

TEST_CASE("the sample graph holds every op") {
  std::set<size_t> kinds;
  for (const Node& node : test::every_op().nodes) {
    kinds.insert(node.op.index());
  }
  CHECK(kinds.size() == std::variant_size_v<Op>);
}

TEST_CASE("a listing is a stable text") {
  CHECK(listing(test::spiking_mlp()) ==
        R"(snn spiking_mlp  T=4 encoding=direct schedule=causal readout=sum
  in  = input(shape=[4], step=1, high=15)
  fc1 = affine(weight=i8[5, 4]#3ddadf5c, bias=i32[5]#1e17a461) <- in
  if1 = if(threshold=i32[5]#d5d7655b) <- fc1
  fc2 = affine(weight=i8[3, 5]#3f3fc6bd, bias=i32[3]#455364ae) <- if1
  out = output(scale=0.25) <- fc2
)");
}

TEST_CASE("a listing with values reads back as the same graph") {
  for (const Graph& graph : {test::every_op(), test::small_ann(),
                             test::spiking_mlp(), test::spiking_conv_net()}) {
    Graph back = parse_listing(with_values(graph));
    CHECK(diff(without_provenance(graph), back) == Lines{});
    CHECK(with_values(back) == with_values(graph));
  }
}

TEST_CASE("the history is listed as commands") {
  Graph graph = parse_listing("snn x\n; nc-fold ; nc-spike -T 8 \"a b\"\n");
  REQUIRE(graph.history.size() == 2);
  CHECK(graph.history[0].tool == "nc-fold");
  CHECK(graph.history[1].arguments == Lines{"-T", "8", "a b"});
  CHECK(listing(graph) == "snn x\n; nc-fold\n; nc-spike -T 8 \"a b\"\n");
}

TEST_CASE("tensors can be given by values, one value or a seed") {
  CHECK(tensor("i8[2, 2]{1, -2, 3, 4}") ==
        Tensor({2, 2}, std::vector<int8_t>{1, -2, 3, 4}));
  CHECK(tensor("f32[3]{*0.5}") == Tensor({3}, std::vector<float>(3, 0.5f)));
  CHECK(tensor("u8[0]{}") == Tensor({0}, std::vector<uint8_t>{}));
  CHECK(tensor("i32[1]{-2147483648}") ==
        Tensor({1}, std::vector<int32_t>{INT32_MIN}));
  CHECK(tensor("i16[50]{~7}") == tensor("i16[50]{~7}"));
  CHECK_FALSE(tensor("i16[50]{~7}") == tensor("i16[50]{~8}"));
}

TEST_CASE("pseudo-random tensors stay within their range") {
  for (double value : tensor("i8[1000]{~1}").to_doubles()) {
    CHECK((value >= -8 && value <= 7));
  }
  for (double value : tensor("u8[1000]{~1}").to_doubles()) {
    CHECK((value >= 0 && value <= 15));
  }
  for (double value : tensor("f32[1000]{~1}").to_doubles()) {
    CHECK((value >= -1 && value <= 1));
  }
}

TEST_CASE("pseudo-random tensors never change") {
  CHECK(tensor("i8[8]{~7}") ==
        Tensor({8}, std::vector<int8_t>{-7, 4, -8, 3, 3, 6, -4, -2}));
}

TEST_CASE("comments and blank lines are passed over") {
  Graph graph =
      parse_listing("# first\n\nsnn x\r\n  # more\n a = relu() # b\n");
  REQUIRE(graph.nodes.size() == 1);
  CHECK(graph.nodes[0].origin.empty());
}

TEST_CASE("settings that a network without time has by default are left out") {
  Graph graph;
  graph.name = "two words";
  CHECK(listing(graph) == "snn \"two words\"\n");
  graph.run.readout = Readout::count;
  CHECK(listing(graph) == "snn \"two words\"  readout=count\n");
}

TEST_CASE("a fingerprint cannot be read back") {
  CHECK_THROWS_WITH(
      parse_listing(listing(test::spiking_mlp())),
      Contains("line 3: ") && Contains("--values") && Contains("--json"));
}

TEST_CASE("an error in a listing names line, expected and found") {
  check_fails("", "expected a line 'snn NAME', found none");
  check_fails("a = relu()", "line 1: expected 'snn ', found \"a = relu()\"");
  check_fails("snn x\na = foo()", "line 2: unknown op 'foo'");
  check_fails("snn x\n\na = affine()",
              "line 3: affine needs the field 'weight'");
  check_fails("snn x\na = relu(b=1)", "line 2: unknown field 'b' of relu");
  check_fails("snn x\na = clip(low=1, low=2)", "line 2: a second field 'low'");
  check_fails("snn x\na = clip(low=1 high=2)",
              "line 2: expected ',', found \"high=2)\"");
  check_fails("snn x\na = clip(low=, high=2)",
              "line 2: expected a number, found \", high=2)\"");
  check_fails("snn x\na = relu()\na = relu()", "line 3: a second node 'a'");
  check_fails("snn x\n1a = relu()", "line 2: '1a' is not a valid name");
  check_fails("snn x\na = relu() <-",
              "line 2: expected the name of a node, found the end of the line");
  check_fails("snn x\na = relu() b",
              "line 2: expected '<-' or the end of the line, found \"b\"");
  check_fails("snn x\na relu()",
              "line 2: expected '=' after 'a', found \"relu()\"");
  check_fails("snn x T=?", "line 1: expected a whole number, found \"?\"");
  check_fails("snn x readout=loud",
              "line 1: expected one of sum, count, membrane, found 'loud'");
  check_fails("snn x classes=[\"a]", "line 1: expected a closing quote");
  check_fails(
      "snn x classes=[\"\\q\"]",
      "line 1: expected \\\", \\\\, \\n, \\t or \\xHH in a quoted word");
}

TEST_CASE("an error in a tensor says what does not fit") {
  auto check = [](const std::string& text, const std::string& message) {
    CHECK_THROWS_WITH(tensor(text), Equals("line 2: " + message));
  };
  check("i8[2]{1, 2, 3}", "shape [2] does not fit 3 values");
  check("i8[2]{1, 128}", "128 does not fit i8");
  check("u8[1]{-1}", "-1 does not fit u8");
  check("i8[1]{0.5}", "expected '}', found \".5})\"");
  check("q8[1]{0}", "unknown dtype 'q8', expected f32, i8, i16, i32, u8");
  check("i8[-1]{*0}", "negative size in shape [-1]");
  check("i8[100000, 100000]{*0}",
        "shape [100000, 100000] has more than 2^31 elements");
  check("i8[100000, 10000]{*0}", "more than 2^26 elements from {*} and {~}");
  check("i8[2]", "expected '{', found \")\"");
}

}  // namespace
}  // namespace nc
