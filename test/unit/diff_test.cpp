#include "ir/diff.h"

#include <catch2/catch.hpp>

#include "ir/listing.h"
#include "test/support/sample_graphs.h"

namespace nc {
namespace {

using Lines = std::vector<std::string>;

template <class Change>
Lines after(const Change& change) {
  Graph changed = test::every_op();
  change(changed);
  return diff(test::every_op(), changed);
}

TEST_CASE("a graph does not differ from itself") {
  CHECK(after([](Graph&) {}) == Lines{});
}

TEST_CASE("diff shows settings of the run") {
  CHECK(after([](Graph& graph) { graph.name = "other"; }) ==
        Lines{R"(name: "every_op" | "other")"});
  CHECK(after([](Graph& graph) { graph.run.timesteps = 8; }) ==
        Lines{"T: 4 | 8"});
  CHECK(after([](Graph& graph) { graph.run.schedule = Schedule::exact; }) ==
        Lines{"schedule: pipelined | exact"});
  CHECK(after([](Graph& graph) { graph.run.preprocessing.mean = {1}; }) ==
        Lines{"mean: [0.1, 0.2] | [1]"});
  CHECK(after([](Graph& graph) { graph.run.range.high = 1; }) ==
        Lines{"high: 255 | 1"});
  CHECK(after([](Graph& graph) { graph.run.probe.spikes.clear(); }).size() ==
        1);
}

TEST_CASE("diff shows nodes that stand on one side only") {
  auto rename = [](Graph& graph) {
    graph.at("li");
    graph.find("li")->name = "ly";
  };
  CHECK(after(rename) ==
        Lines{"node 'li': only in the first", "node 'ly': only in the second"});
}

TEST_CASE("diff shows edges, kinds, origins and order") {
  CHECK(after([](Graph& graph) { graph.find("relu")->inputs = {"in"}; }) ==
        Lines{R"(node 'relu': inputs: ["bare"] | ["in"])"});
  CHECK(after([](Graph& graph) { graph.find("relu")->op = Silu{}; }) ==
        Lines{R"(node 'relu': kind: "relu" | "silu")"});
  CHECK(after([](Graph& graph) { graph.find("in")->origin.clear(); }) ==
        Lines{R"(node 'in': origin: ["x"] | [])"});
  CHECK(after([](Graph& graph) {
          std::swap(graph.nodes[1], graph.nodes[2]);
        }) == Lines{"the nodes stand in another order"});
}

TEST_CASE("diff shows fields") {
  auto lower = [](Graph& graph) {
    std::get<Clip>(graph.find("clip")->op).low = -2;
  };
  CHECK(after(lower) == Lines{"node 'clip': low: -1 | -2"});
  auto calm = [](Graph& graph) {
    auto& neuron = std::get<If>(graph.find("signed")->op);
    neuron.is_signed = false;
    neuron.initial = Initial::zero;
  };
  CHECK(after(calm) == Lines{"node 'signed': initial: half | zero",
                             "node 'signed': signed: true | false"});
}

TEST_CASE("diff counts the elements of tensors that differ") {
  Graph a = parse_listing("snn x\nn = scale(weight=i8[3]{1, 2, 3})");
  Graph b = parse_listing("snn x\nn = scale(weight=i8[3]{1, 5, 2})");
  Graph c = parse_listing("snn x\nn = scale(weight=i8[1]{1}, offset=i8[1]{1})");
  std::string weight = "node 'n': weight: i8[3]#" +
                       std::get<Scale>(a.nodes[0].op).weight.fingerprint();
  Lines lines = diff(a, b);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].starts_with(weight));
  CHECK(lines[0].ends_with(", 2 of 3 elements differ, by up to 3"));
  lines = diff(a, c);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].find("elements") == std::string::npos);
  CHECK(lines[1].starts_with("node 'n': offset: none | i8[1]#"));
}

TEST_CASE("diff shows the history") {
  CHECK(after([](Graph& graph) { graph.history.pop_back(); }) ==
        Lines{"history 1: nc-fold only in the first"});
  CHECK(after([](Graph& graph) { graph.history[0].seed.reset(); }) ==
        Lines{"history 0: seed: 7 | none"});
  CHECK(after([](Graph& graph) {
          graph.history[0].measurements[0].value = 0.5;
        }).size() == 1);
}

}  // namespace
}  // namespace nc
