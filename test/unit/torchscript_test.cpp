// Every file of test/data/torchscript (made by
// test/support/make_torchscript.py): those to be accepted must compute what
// PyTorch computed, those to be refused must say why. An older LibTorch does
// not know every operator; what it says when it loads the file names it, too.
#include <catch2/catch.hpp>
#include <fstream>

#include "ir/error.h"
#include "ir/verify.h"
#include "passes/torch/torchscript/nesting.h"
#include "passes/torch/torchscript/pickle_nesting.h"
#include "passes/torchscript.h"
#include "test/support/torture_set.h"
#include "test/unit/temporary_folder.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;
using test::difference;
using test::lower;
using test::read_array;
using test::refusals;
using test::run;

const std::string kFolder = std::string(NC_TEST_DATA) + "/torchscript/";

json manifest() { return test::manifest(kFolder); }

std::string path_of(const json& entry, const char* extension) {
  bool is_accepted = entry.at("accepted");
  return kFolder + (is_accepted ? "accepted/" : "refused/") +
         entry.at("name").get<std::string>() + extension;
}

std::optional<Shape> shape_in(const json& entry) {
  if (entry.at("input_shape").is_null()) return {};
  return entry.at("input_shape").get<Shape>();
}

// What is said of a file that cannot be imported.
std::string complaint(const std::string& path, std::optional<Shape> shape) {
  try {
    Imported result = import_torchscript(path, {shape, 0});
    CHECK(result.graph.nodes.empty());
    return refusals(result);
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find('\n') == std::string::npos);
    return error.what();
  }
}

std::string own_file(const std::string& name) {
  return kFolder + "accepted/" + name + ".pt";
}

TEST_CASE("an accepted TorchScript file computes what PyTorch computes") {
  for (const json& entry : manifest()) {
    if (!entry.at("accepted")) continue;
    int64_t outputs = entry.at("outputs");
    for (int64_t output = 0; output < outputs; ++output) {
      INFO(entry.at("name") << ", output " << output);
      auto result =
          import_torchscript(path_of(entry, ".pt"), {shape_in(entry), output});
      INFO(refusals(result));
      CHECK_NOTHROW(require_valid(result.graph));
      if (result.graph.nodes.empty()) continue;
      std::string data = path_of(entry, ".npz");
      std::string y =
          output == 0 ? "y.npy" : "y" + std::to_string(output) + ".npy";
      Outputs found = run(result.graph, read_array(data, "x.npy"));
      CHECK(difference(found.values, read_array(data, y.c_str())) <=
            entry.at("tolerance").get<double>());
    }
  }
}

TEST_CASE("a refused TorchScript file says what is wrong with it") {
  for (const json& entry : manifest()) {
    if (entry.at("accepted")) continue;
    INFO(entry.at("name"));
    std::string expected = lower(entry.at("expect"));
    CHECK_THAT(lower(complaint(path_of(entry, ".pt"), shape_in(entry))),
               Contains(expected));
  }
}

TEST_CASE("importing twice gives the same graph") {
  ImportOptions options{Shape{3, 32, 32}, 0};
  auto first = import_torchscript(own_file("library_resnet_scripted"), options);
  auto second =
      import_torchscript(own_file("library_resnet_scripted"), options);
  REQUIRE(first.graph.nodes.size() == second.graph.nodes.size());
  for (size_t i = 0; i < first.graph.nodes.size(); ++i) {
    CHECK(first.graph.nodes[i].name == second.graph.nodes[i].name);
    CHECK(first.graph.nodes[i].inputs == second.graph.nodes[i].inputs);
  }
}

TEST_CASE("nodes are named after the modules they come from") {
  ImportOptions options{Shape{3, 32, 32}, 0};
  for (const char* file :
       {"library_resnet_traced", "library_resnet_scripted"}) {
    auto result = import_torchscript(own_file(file), options);
    const Node* conv = result.graph.find("layer1.0.conv1");
    REQUIRE(conv != nullptr);
    CHECK(std::holds_alternative<Conv2d>(conv->op));
    CHECK(conv->origin == std::vector<std::string>{"layer1.0.conv1"});
    CHECK(result.graph.find("fc") != nullptr);
  }
}

TEST_CASE("an input shape that the layers imply need not be given") {
  auto result =
      import_torchscript(std::string(NC_TEST_DATA) + "/fashion_cnn.pt", {});
  REQUIRE_FALSE(result.graph.nodes.empty());
  CHECK(std::get<Input>(result.graph.input().op).shape == Shape{1, 28, 28});
  CHECK_THAT(result.remarks.back(), Contains("[1, 28, 28]"));
  auto mlp = import_torchscript(own_file("mlp_scripted"), {});
  CHECK(std::get<Input>(mlp.graph.input().op).shape == Shape{16});
}

TEST_CASE("an input shape that the layers leave open is asked for") {
  CHECK_THROWS_WITH(import_torchscript(own_file("library_resnet_traced"), {}),
                    Contains("--input-shape 3,H,W"));
}

TEST_CASE("an input shape that does not fit is refused") {
  CHECK_THAT(complaint(own_file("plain_traced"), Shape{3, 9, 9}),
             Contains("aten::linear"));
  CHECK_THAT(complaint(own_file("plain_traced"), Shape{4, 8, 6}),
             Contains("input channels"));
  CHECK_THAT(complaint(own_file("plain_traced"), Shape{3, -8, 6}),
             Contains("positive sizes"));
}

TEST_CASE("an output that does not exist is refused") {
  ImportOptions options{Shape{3, 8, 6}, 2};
  CHECK_THROWS_WITH(
      import_torchscript(own_file("several_outputs_traced"), options),
      Contains("2 outputs"));
}

TEST_CASE("a softmax at the end is dropped, and said") {
  ImportOptions options{Shape{3, 8, 6}, 0};
  auto result =
      import_torchscript(own_file("log_softmax_end_scripted"), options);
  REQUIRE_FALSE(result.remarks.empty());
  CHECK_THAT(result.remarks.front(), Contains("log_softmax"));
}

TEST_CASE("a damaged TorchScript file gives an error and never a crash") {
  test::TemporaryFolder folder;
  std::ifstream file(own_file("plain_scripted"), std::ios::binary);
  std::string good((std::istreambuf_iterator<char>(file)), {});
  for (size_t size = 0; size < good.size(); size += good.size() / 40) {
    std::string path = folder.write("cut.pt", good.substr(0, size));
    CHECK_THROWS_AS(import_torchscript(path, {Shape{3, 8, 6}, 0}), Error);
  }
  for (size_t at = 0; at < good.size(); at += good.size() / 200) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    std::string path = folder.write("flipped.pt", bad);
    try {
      import_torchscript(path, {Shape{3, 8, 6}, 0});
    } catch (const Error& error) {
      CHECK_THAT(error.what(), Contains("flipped.pt"));
    }
  }
}

TEST_CASE("code that would exhaust the parser's stack is seen") {
  auto many = [](const std::string& text, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += text;
    return all;
  };
  CHECK(torchscript::is_shallow("x = [" + many("-0.5, ", 5000) + "]\n"));
  CHECK(torchscript::is_shallow(many("x = (a + b) * c\n", 5000)));
  CHECK(torchscript::is_shallow("x = '" + many("(", 5000) + "'\n"));
  for (const char* step : {"(", "- ", "not ", "1 + ", "x.", "1 if x else "}) {
    CHECK_FALSE(torchscript::is_shallow("x = " + many(step, 5000) + "\n"));
  }
  CHECK_FALSE(torchscript::is_shallow(many("elif x:\n  pass\n", 5000)));
}

TEST_CASE("a pickle of endlessly nested objects is seen") {
  CHECK(torchscript::is_shallow_pickle("\x80\x02}q\x01(K\x01]K\x02)u."));
  std::string nested = ")" + std::string(5000, '\x85') + ".";
  CHECK_FALSE(torchscript::is_shallow_pickle(nested));
  std::string holds_itself = "]q\x01h\x01" + std::string("a.");
  CHECK_FALSE(torchscript::is_shallow_pickle(holds_itself));
}

TEST_CASE("what is no file is refused") {
  test::TemporaryFolder folder;
  CHECK_THROWS_AS(import_torchscript(folder.path("none.pt"), {}), Error);
  CHECK_THROWS_AS(import_torchscript(folder.path(), {}), Error);
}

}  // namespace
}  // namespace nc
