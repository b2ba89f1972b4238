// Every file of test/data/onnx (made by test/support/make_onnx.py): those to
// be accepted must compute what PyTorch, or ONNX's own evaluator, computed,
// those to be refused must say why. And models made here that go wrong.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "ir/verify.h"
#include "test/support/onnx_import.h"
#include "test/support/torture_set.h"
#include "test/unit/temporary_folder.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;
using test::complaint;
using test::difference;
using test::read_array;
using test::refusals;
using test::run;

const std::string kFolder = std::string(NC_TEST_DATA) + "/onnx/";
const std::string kTwins = std::string(NC_TEST_DATA) + "/torchscript/accepted/";

std::string path_of(const json& entry) {
  return kFolder + entry.at("name").get<std::string>() + ".onnx";
}

// Recorded inputs and outputs: the twin's, or the file's own.
std::string data_of(const json& entry) {
  if (entry.at("twin").is_null()) {
    return kFolder + entry.at("name").get<std::string>() + ".npz";
  }
  return kTwins + entry.at("twin").get<std::string>() + ".npz";
}

::onnx::ModelProto model_in(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  ::onnx::ModelProto model;
  REQUIRE(model.ParseFromIstream(&file));
  return model;
}

void copy_file(const std::string& name, const test::TemporaryFolder& folder) {
  std::filesystem::copy_file(kFolder + name, folder.path(name));
}

TEST_CASE("an accepted ONNX file computes what it computed where it was made") {
  int files = 0;
  for (const json& entry : test::manifest(kFolder)) {
    if (!entry.at("accepted")) continue;
    ++files;
    int64_t outputs = entry.at("outputs");
    for (int64_t output = 0; output < outputs; ++output) {
      INFO(entry.at("name") << ", output " << output);
      Imported result = import_onnx(path_of(entry), {{}, output});
      INFO(refusals(result));
      CHECK_NOTHROW(require_valid(result.graph));
      if (result.graph.nodes.empty()) continue;
      std::string y = output == 0 ? "y" : "y" + std::to_string(output);
      std::string data = data_of(entry);
      Outputs found = run(result.graph, read_array(data, "x.npy"));
      CHECK(difference(found.values, read_array(data, (y + ".npy").c_str())) <=
            entry.at("tolerance").get<double>());
    }
  }
  CHECK(files > 80);
}

TEST_CASE("a refused ONNX file names the operator") {
  for (const json& entry : test::manifest(kFolder)) {
    if (entry.at("accepted")) continue;
    INFO(entry.at("name"));
    CHECK_THAT(complaint(path_of(entry), {}),
               Contains(entry.at("expect").get<std::string>() + " ("));
  }
}

TEST_CASE("importing an ONNX file twice gives the same graph") {
  std::string path = kFolder + "preact_resnet_dynamo_20.onnx";
  Graph first = import_onnx(path, {}).graph;
  Graph second = import_onnx(path, {}).graph;
  REQUIRE(first.nodes.size() == second.nodes.size());
  for (size_t i = 0; i < first.nodes.size(); ++i) {
    CHECK(first.nodes[i].name == second.nodes[i].name);
    CHECK(first.nodes[i].inputs == second.nodes[i].inputs);
  }
}

TEST_CASE("ONNX nodes are named after the modules they come from") {
  for (const char* file : {"plain_legacy_11", "plain_dynamo_18"}) {
    INFO(file);
    Imported result = import_onnx(kFolder + file + ".onnx", {});
    const Node* conv = result.graph.find("conv");
    REQUIRE(conv != nullptr);
    CHECK(std::holds_alternative<Conv2d>(conv->op));
    CHECK(conv->origin == std::vector<std::string>{"conv"});
    CHECK(result.graph.find("relu") != nullptr);
    CHECK(result.graph.find("linear") != nullptr);
  }
}

TEST_CASE("files that hold the weights are told") {
  Imported inside = import_onnx(kFolder + "plain_legacy_11.onnx", {});
  CHECK(inside.files.empty());
  Imported beside = import_onnx(kFolder + "plain_dynamo_18.onnx", {});
  REQUIRE(beside.files.size() == 1);
  CHECK_THAT(beside.files[0], Catch::EndsWith("plain_dynamo_18.onnx.data"));
}

TEST_CASE("data files outside of the model's folder are not read") {
  test::TemporaryFolder folder;
  std::filesystem::create_directory(folder.path("inner"));
  copy_file("plain_dynamo_18.onnx.data", folder);
  std::string data = folder.path("plain_dynamo_18.onnx.data");
  std::filesystem::create_symlink(data, folder.path("inner/link.data"));
  std::filesystem::create_directory_symlink(folder.path(),
                                            folder.path("inner/up"));
  for (const std::string& location :
       {std::string("../plain_dynamo_18.onnx.data"), data,
        std::string("up/plain_dynamo_18.onnx.data"), std::string("link.data"),
        std::string("up/../plain_dynamo_18.onnx.data"),
        std::string("inner/../../plain_dynamo_18.onnx.data")}) {
    INFO(location);
    ::onnx::ModelProto model = model_in(kFolder + "plain_dynamo_18.onnx");
    for (auto& tensor : *model.mutable_graph()->mutable_initializer()) {
      for (auto& entry : *tensor.mutable_external_data()) {
        if (entry.key() == "location") entry.set_value(location);
      }
    }
    std::string path =
        folder.write("inner/net.onnx", model.SerializeAsString());
    CHECK_THAT(complaint(path, {}), Contains("the model's folder"));
  }
}

TEST_CASE("a data file that lacks bytes is an error") {
  test::TemporaryFolder folder;
  copy_file("plain_dynamo_18.onnx", folder);
  std::string path = folder.path("plain_dynamo_18.onnx");
  CHECK_THAT(complaint(path, {}), Contains("cannot be read"));
  folder.write("plain_dynamo_18.onnx.data", "too short");
  CHECK_THAT(complaint(path, {}), Contains("which has 9"));
  std::filesystem::remove(folder.path("plain_dynamo_18.onnx.data"));
  std::filesystem::create_directory(folder.path("plain_dynamo_18.onnx.data"));
  CHECK_THAT(complaint(path, {}), Contains("no plain file"));
}

TEST_CASE("offsets and lengths of external data are checked") {
  for (auto [key, value] :
       {std::pair("offset", "18446744073709551615"), std::pair("offset", "-4"),
        std::pair("length", "3"), std::pair("length", "many")}) {
    INFO(key << " " << value);
    test::TemporaryFolder folder;
    copy_file("plain_dynamo_18.onnx.data", folder);
    ::onnx::ModelProto model = model_in(kFolder + "plain_dynamo_18.onnx");
    for (auto& tensor : *model.mutable_graph()->mutable_initializer()) {
      for (auto& entry : *tensor.mutable_external_data()) {
        if (entry.key() == key) entry.set_value(value);
      }
    }
    std::string path = folder.write("net.onnx", model.SerializeAsString());
    CHECK_THAT(complaint(path, {}), Contains("expected"));
  }
}

TEST_CASE("what has no neurons counts where the output needs it") {
  test::OnnxModel model({-1, 4}, 20);
  model.add("Relu", {"x"});
  model.add("Gelu", {"x"}, "soft");
  model.model.mutable_graph()->add_output()->set_name("soft");
  test::TemporaryFolder folder;
  std::string path = folder.write("net.onnx", model.bytes());
  auto verdict_on_gelu = [&](int64_t output) {
    std::vector<Conversion> table = import_onnx(path, {{}, output}).table;
    REQUIRE(table.size() == 2);
    CHECK(table[0].verdict == Conversion::Verdict::approximate);
    return table[1].verdict;
  };
  CHECK(verdict_on_gelu(0) == Conversion::Verdict::exact);
  CHECK(verdict_on_gelu(1) == Conversion::Verdict::ann_only);
}

TEST_CASE("an ONNX file is known by its content") {
  CHECK(is_onnx(kFolder + "plain_legacy_11.onnx"));
  CHECK(is_onnx(kFolder + "plain_dynamo_18.onnx"));
  CHECK_FALSE(is_onnx(kFolder + "plain_dynamo_18.onnx.data"));
  CHECK_FALSE(is_onnx(kFolder + "manifest.json"));
  CHECK_FALSE(is_onnx(kTwins + "plain_traced.pt"));
  CHECK_FALSE(is_onnx(kFolder));
  CHECK_FALSE(is_onnx(kFolder + "none.onnx"));
}

}  // namespace
}  // namespace nc
