// IR -> NIR -> IR: every network that the exporter takes gives the same spikes
// and outputs after it has been a NIR file, in every profile.
#include <catch2/catch.hpp>

#include "backends/nir/export.h"
#include "backends/nir/file.h"
#include "ir/error.h"
#include "ir/listing.h"
#include "ir/verify.h"
#include "passes/nir.h"
#include "runtime/reference.h"
#include "test/support/compare.h"
#include "test/support/engine_cases.h"
#include "test/support/sample_graphs.h"

namespace nc {
namespace {

using nir::Profile;

Graph round_trip(const Graph& graph, Profile profile) {
  std::vector<std::byte> bytes =
      nir::to_bytes(nir::export_graph(graph, profile).graph);
  Imported imported = import_nir(bytes, "other name", {});
  for (const Conversion& row : imported.table) {
    INFO(row.op << " " << row.origin << ": " << row.reason);
    CHECK(row.verdict == Conversion::Verdict::exact);
  }
  require_valid(imported.graph);
  return imported.graph;
}

// Spikes of every neuron of the source by name, and outputs at every step.
std::string difference(const Graph& source, const Graph& back, unsigned seed) {
  Batch batch = test::random_batch(source, 3, seed);
  Wishes wishes{.by_step = true, .spikes = true, .membranes = true};
  Outputs wanted = make_reference_engine(source)->run(batch, wishes);
  Outputs found = make_reference_engine(back)->run(batch, wishes);
  std::string text;
  for (const auto& [name, train] : wanted.trains) {
    auto other = found.trains.find(name);
    if (other == found.trains.end()) {
      text += name + " is missing; ";
    } else if (other->second.spikes != train.spikes) {
      text += "spikes of " + name + "; ";
    } else if (other->second.membrane != train.membrane) {
      text += "membranes of " + name + "; ";
    }
  }
  if (found.values != wanted.values) text += "outputs; ";
  if (found.by_step != wanted.by_step) text += "outputs by step; ";
  return text;
}

std::vector<test::EngineCase> cases() {
  std::vector<test::EngineCase> all = test::engine_cases();
  for (test::EngineCase& each : test::window_cases()) {
    all.push_back(std::move(each));
  }
  all.push_back({"mlp", test::spiking_mlp()});
  all.push_back({"residual conv net", test::spiking_conv_net()});
  return all;
}

// How many of the cases a profile takes; those must come back the same.
size_t check(Profile profile) {
  size_t taken = 0;
  for (const test::EngineCase& each : cases()) {
    INFO(name_of(profile) << ": " << each.name);
    std::optional<Graph> back;
    try {
      nir::export_graph(each.graph, profile);
    } catch (const Error&) {
      continue;  // refused by name; tested with the exporter
    }
    ++taken;
    back = round_trip(each.graph, profile);
    CHECK(difference(each.graph, *back, 1) == "");
    CHECK(back->run.timesteps == each.graph.run.timesteps);
    CHECK(back->run.schedule == each.graph.run.schedule);
  }
  return taken;
}

TEST_CASE("the profile generic brings back every network") {
  CHECK(check(Profile::generic) >= 30);
}

TEST_CASE("the profiles of consumers bring back what they take") {
  for (Profile profile : {Profile::snntorch, Profile::norse,
                          Profile::spikingjelly, Profile::sinabs}) {
    CHECK(check(profile) >= 10);
  }
}

TEST_CASE("loops of the profile exact become the neurons that they are") {
  CHECK(check(Profile::exact) >= 10);
}

TEST_CASE("name, run, probe and history come back") {
  Graph graph = test::spiking_mlp();
  graph.run.classes = {"a shirt", "a boot"};
  graph.run.range = {0, 15, true};
  graph.run.probe.input = Tensor({1, 4}, std::vector<int8_t>{1, 2, 3, 4});
  graph.run.probe.spikes = {{"if1", std::string(64, 'a')}};
  graph.history = {{"nc-spike", "1.0", {"-T", "4"}, {}, {}, {}}};
  Graph back = round_trip(graph, Profile::generic);
  CHECK(back.name == graph.name);
  CHECK(back.run.classes == graph.run.classes);
  CHECK(back.run.range == graph.run.range);
  CHECK(back.run.probe.input == graph.run.probe.input);
  CHECK(back.run.probe.spikes == graph.run.probe.spikes);
  REQUIRE(back.history.size() == 1);
  CHECK(back.history[0].tool == "nc-spike");
  CHECK(back.history[0].arguments == graph.history[0].arguments);
}

TEST_CASE("scales come back as scales, and layers with their names") {
  Graph graph = test::spiking_conv_net();
  Graph back = round_trip(graph, Profile::generic);
  for (const Node& node : graph.nodes) {
    INFO(node.name);
    REQUIRE(back.find(node.name) != nullptr);
    CHECK(kind_of(back.at(node.name).op) == kind_of(node.op));
  }
  // Without our metadata the network still runs, as NIR has it.
  ImportOptions options;
  options.nir.timesteps = 2;
  std::vector<std::byte> bytes =
      nir::to_bytes(nir::export_graph(graph, Profile::generic).graph);
  CHECK(import_nir(bytes, "t", options).graph.run.timesteps == 2);
}

}  // namespace
}  // namespace nc
