// One network in two files, by torch.jit and by torch.export, means the same:
// the graphs compute the same, and where torch.export has not rewritten the
// operators they have the same nodes, names apart.
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <random>

#include "passes/frontend/same_op.h"
#include "passes/pt2.h"
#include "passes/torchscript.h"
#include "test/support/torture_set.h"

namespace nc {
namespace {

using nlohmann::json;

const std::string kData = std::string(NC_TEST_DATA) + "/";

std::vector<float> random_samples(const Shape& shape, size_t samples) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  std::vector<float> values(static_cast<size_t>(element_count(shape)) *
                            samples);
  for (float& each : values) each = normal(random);
  return values;
}

// Equal nodes in the same order, whatever they are called.
bool same_but_for_names(const Graph& a, const Graph& b) {
  if (a.nodes.size() != b.nodes.size()) return false;
  std::map<std::string, std::string> twin;
  for (size_t i = 0; i < a.nodes.size(); ++i) {
    std::vector<std::string> inputs;
    for (const std::string& each : a.nodes[i].inputs) {
      inputs.push_back(twin.at(each));
    }
    if (inputs != b.nodes[i].inputs) return false;
    if (!frontend::same_op(a.nodes[i].op, b.nodes[i].op)) return false;
    twin[a.nodes[i].name] = b.nodes[i].name;
  }
  return true;
}

double largest_difference(const Graph& a, const Graph& b) {
  Shape shape = std::get<Input>(a.input().op).shape;
  std::vector<float> samples = random_samples(shape, 3);
  std::vector<double> x = test::run(a, samples).values;
  std::vector<double> y = test::run(b, samples).values;
  REQUIRE(x.size() == y.size());
  double error = 0;
  double largest = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    error = std::max(error, std::abs(x[i] - y[i]));
    largest = std::max(largest, std::abs(y[i]));
  }
  return error / largest;
}

TEST_CASE("a torch.export file and its TorchScript twin mean the same") {
  for (const json& entry : test::manifest(kData + "pt2/")) {
    if (!entry.at("accepted") || entry.at("twin").is_null()) continue;
    std::string name = entry.at("name");
    for (int64_t output = 0; output < entry.at("outputs"); ++output) {
      INFO(name << ", output " << output);
      Graph exported =
          import_pt2(kData + "pt2/" + name + ".pt2", {{}, output}).graph;
      std::string twin = entry.at("twin");
      Graph script =
          import_torchscript(kData + "torchscript/accepted/" + twin + ".pt",
                             {entry.at("input_shape").get<Shape>(), output})
              .graph;
      REQUIRE_FALSE(exported.nodes.empty());
      REQUIRE_FALSE(script.nodes.empty());
      const json& same = entry.at("same");
      if (!same.is_null()) {
        CHECK(same_but_for_names(exported, script) == same.get<bool>());
      }
      // Constants are computed in double here, in 32 bits by PyTorch.
      bool is_exact = !same.is_null() && same.get<bool>();
      CHECK(largest_difference(exported, script) <= (is_exact ? 0.0 : 1e-6));
    }
  }
}

}  // namespace
}  // namespace nc
