#include "ir/json.h"

#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>

#include "ir/diff.h"
#include "ir/error.h"
#include "ir/file.h"
#include "test/support/sample_graphs.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::Equals;
using Json = nlohmann::ordered_json;

// A change to the JSON of a graph that makes it an error.
template <class Change>
void check_json_fails(const Change& change, const std::string& message) {
  Json json = to_json(test::spiking_mlp());
  change(json);
  CHECK_THROWS_WITH(from_json(json), Equals(message));
}

TEST_CASE("JSON holds everything that a file holds") {
  for (const Graph& graph : {test::every_op(), test::small_ann(),
                             test::spiking_mlp(), test::spiking_conv_net()}) {
    Graph back = from_json_text(to_json_text(graph));
    CHECK(diff(graph, back).empty());
    CHECK(to_bytes(back) == to_bytes(graph));
  }
}

TEST_CASE("the keys of JSON stand in a fixed order") {
  std::string text = to_json_text(test::spiking_mlp());
  CHECK(text.starts_with("{\n \"format\": \"snn-ir\",\n \"version\": 1,\n"));
  CHECK(text.find("\"nodes\"") < text.find("\"history\""));
}

TEST_CASE("fractions survive JSON to the last bit") {
  Scale scale;
  scale.weight = Tensor({4}, std::vector<float>{0.1f, 1e-45f, -0.0f, 3.4e38f});
  Graph graph;
  graph.nodes = {{"s", scale, {}, {}}};
  graph.run.preprocessing.mean = {0.1, 5e-324, 1.0 / 3.0};
  CHECK(to_bytes(from_json_text(to_json_text(graph))) == to_bytes(graph));
}

TEST_CASE("infinity and NaN are spelled out in JSON") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Graph graph;
  graph.nodes = {{"c", Clip{-kInfinity, kInfinity}, {}, {}},
                 {"d", Clip{0, std::nan("")}, {}, {}}};
  Json json = to_json(graph);
  CHECK(json["nodes"][0]["fields"]["low"] == "-inf");
  CHECK(json["nodes"][0]["fields"]["high"] == "inf");
  CHECK(json["nodes"][1]["fields"]["high"] == "nan");
  CHECK(to_json(from_json(json)) == json);
}

TEST_CASE("an error in JSON names the place, expected and found") {
  check_json_fails([](Json& json) { json.erase("run"); },
                   "JSON: 'run' is missing");
  check_json_fails([](Json& json) { json["more"] = 1; },
                   "JSON: unknown member 'more'");
  check_json_fails([](Json& json) { json["format"] = "png"; },
                   "expected format 'snn-ir', found 'png'");
  check_json_fails(
      [](Json& json) { json["version"] = 2; },
      "written in version 2 of the format, this program reads up to "
      "version 1");
  check_json_fails([](Json& json) { json["nodes"] = 3; },
                   "nodes: expected a list, found number");
  check_json_fails([](Json& json) { json["name"] = std::string("a\0b", 3); },
                   "JSON: 'name': expected text without zero bytes");
  check_json_fails(
      [](Json& json) {
        json["history"] = Json::array({{{"tool", "x"},
                                        {"version", ""},
                                        {"arguments", Json::array()},
                                        {"inputs", Json::array()},
                                        {"seed", nullptr},
                                        {"measurements", nullptr}}});
      },
      "measurements: expected a list, found null");
  check_json_fails([](Json& json) { json["run"]["timesteps"] = 1.5; },
                   "run: 'timesteps': expected a whole number, found number");
  check_json_fails([](Json& json) { json["run"]["schedule"] = "late"; },
                   "run: 'schedule': unknown name 'late'");
  check_json_fails([](Json& json) { json["nodes"][1]["kind"] = "foo"; },
                   "node 'fc1': unknown op 'foo'");
  check_json_fails(
      [](Json& json) { json["nodes"][1]["fields"].erase("weight"); },
      "node 'fc1': 'weight' is missing");
  check_json_fails([](Json& json) { json["nodes"][1]["fields"]["bent"] = 1; },
                   "node 'fc1': unknown member 'bent'");
}

TEST_CASE("an error in a tensor of JSON names the node") {
  auto weight = [](Json& json) -> Json& {
    return json["nodes"][1]["fields"]["weight"];
  };
  check_json_fails([&](Json& json) { weight(json)["data"][0] = 128; },
                   "node 'fc1': 'weight': data: 128 does not fit i8");
  check_json_fails(
      [&](Json& json) {
        weight(json)["shape"] = {2, 2};
      },
      "node 'fc1': 'weight': shape [2, 2] does not fit 20 values");
  check_json_fails(
      [&](Json& json) {
        weight(json)["dtype"] = "f32";
        weight(json)["data"][0] = 1e300;
      },
      "node 'fc1': 'weight': data: 1e+300 does not fit f32");
  check_json_fails(
      [&](Json& json) { weight(json)["dtype"] = "q8"; },
      "node 'fc1': 'weight': unknown dtype 'q8', expected f32, i8, "
      "i16, i32, u8");
}

TEST_CASE("text that is not JSON is refused") {
  CHECK_THROWS_WITH(from_json_text("{\"a\": "), Contains("not JSON"));
  CHECK_THROWS_WITH(from_json_text("{\"a\": 1e999}"),
                    Equals("JSON: a number is too large for 64 bits"));
  CHECK_THROWS_WITH(from_json_text("{\"a\": {\"b\": 1, \"b\": 2}}"),
                    Equals("JSON: 'b' stands twice in one object"));
  CHECK_THROWS_WITH(from_json_text("[]"),
                    Equals("JSON: expected an object, found array"));
  Graph graph;
  graph.name = "\xff";
  CHECK_THROWS_WITH(to_json_text(graph), Contains("not UTF-8"));
}

}  // namespace
}  // namespace nc
