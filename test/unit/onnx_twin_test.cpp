// Networks that exist both as TorchScript and as ONNX are the same function,
// up to what the exporter rounds when it folds BatchNorm into convolutions.
#include <catch2/catch.hpp>

#include "passes/onnx.h"
#include "test/support/compare.h"
#include "test/support/torture_set.h"
#include "tools/support/torch.h"

namespace nc {
namespace {

using nlohmann::json;

const std::string kData = NC_TEST_DATA;

Graph twin_of(const json& entry, const Shape& shape, int64_t output) {
  std::string path = kData + "/torchscript/accepted/" +
                     entry.at("twin").get<std::string>() + ".pt";
  return torch_library().import_torchscript(path, {shape, output}).graph;
}

TEST_CASE("an ONNX file and its TorchScript twin are one function") {
  int twins = 0;
  for (const json& entry : test::manifest(kData + "/onnx/")) {
    if (!entry.at("accepted") || entry.at("twin").is_null()) continue;
    for (int64_t output = 0; output < entry.at("outputs"); ++output) {
      INFO(entry.at("name") << ", output " << output);
      std::string name = entry.at("name");
      Graph graph =
          import_onnx(kData + "/onnx/" + name + ".onnx", {{}, output}).graph;
      REQUIRE_FALSE(graph.nodes.empty());
      Shape shape = std::get<Input>(graph.input().op).shape;
      Graph twin = twin_of(entry, shape, output);
      REQUIRE_FALSE(twin.nodes.empty());
      CHECK(test::difference(graph, twin) <=
            entry.at("tolerance").get<double>());
      ++twins;
    }
  }
  CHECK(twins > 40);
}

}  // namespace
}  // namespace nc
