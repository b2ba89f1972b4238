// How NIR's nodes hang together, and how it is to be run.
#include <catch2/catch.hpp>

#include "test/support/nir_runs.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using test::check_close;
using test::error_of;
using test::imported;
using test::kInputs;
using test::nir_chain;
using test::NirFile;
using test::one_lif;
using test::options_with;
using test::Rows;
using test::run;
using test::run_node;

// in -> i -> t -> out with t's spikes taken from i by a Scale.
NirFile soft_reset_loop() {
  NirFile file;
  file.node("in", "Input").whole("shape", {1}, {2});
  file.node("i", "I").same("r", {2}, 1);
  file.node("t", "Threshold").same("threshold", {2}, 2);
  file.node("s", "Scale").same("scale", {2}, -2);
  file.node("out", "Output").whole("shape", {1}, {2});
  file.edges({{"in", "i"}, {"i", "t"}, {"t", "s"}, {"s", "i"}, {"t", "out"}});
  return file;
}

TEST_CASE("a loop of I, Threshold and Scale is a reset by subtraction") {
  CHECK(run(soft_reset_loop(), kInputs) ==
        run_node("IF", 2, kInputs, [](NirFile& n) {
          n.same("r", {2}, 1).same("v_threshold", {2}, 2);
        }));
}

TEST_CASE("a recurrent layer adds its bias at the first step, too") {
  NirFile file;
  file.node("in", "Input").whole("shape", {1}, {1});
  file.node("n", "IF").same("r", {1}, 1).same("v_threshold", {1}, 1);
  file.node("w", "Affine")
      .real("weight", {1, 1}, {-3})
      .real("bias", {1}, {0.5});
  file.node("out", "Output").whole("shape", {1}, {1});
  file.edges({{"in", "n"}, {"n", "w"}, {"w", "n"}, {"n", "out"}});
  // 1.25 fires and leaves 0.25; - 1.75 is -1.5; -0.25; 1 does not fire; 2.25.
  CHECK(run(file, {{0.75}, {0.75}, {0.75}, {0.75}, {0.75}}) ==
        Rows{{1}, {0}, {0}, {0}, {1}});
  Graph graph = imported(file).graph;
  CHECK(graph.at("w").inputs == std::vector<std::string>{"@n"});
}

TEST_CASE("several edges into a node are a sum; one that stands twice is one") {
  NirFile file;
  file.node("in", "Input").whole("shape", {1}, {1});
  file.node("a", "Scale").same("scale", {1}, 2);
  file.node("b", "Scale").same("scale", {1}, 1);
  file.node("out", "Output").whole("shape", {1}, {1});
  file.edges({{"in", "a"}, {"in", "b"}, {"a", "b"}, {"a", "b"}, {"b", "out"}});
  Imported found = imported(file);
  check_close(run(found.graph, {{5}}), {{15}}, 0);
  REQUIRE(found.remarks.size() == 1);
  CHECK(found.remarks[0] == "edge 'a' -> 'b' stands twice and counts once");
}

NirFile nested_graph() {
  NirFile file;
  file.node("in", "Input").whole("shape", {1}, {1});
  file.node("G", "NIRGraph");
  file.node("x", "Input", "node/nodes/G").whole("shape", {1}, {1});
  file.node("s", "Scale", "node/nodes/G").same("scale", {1}, 3);
  file.node("H", "NIRGraph", "node/nodes/G");
  file.node("x", "Input", "node/nodes/G/nodes/H").whole("shape", {1}, {1});
  file.node("y", "Output", "node/nodes/G/nodes/H").whole("shape", {1}, {1});
  file.graph("node/nodes/G/nodes/H", {{"x", "y"}});
  file.node("y", "Output", "node/nodes/G").whole("shape", {1}, {1});
  file.graph("node/nodes/G", {{"x", "s"}, {"s", "H"}, {"H", "y"}, {"x", "y"}});
  file.node("out", "Output").whole("shape", {1}, {1});
  file.edges({{"in", "G"}, {"G", "out"}});
  return file;
}

TEST_CASE("graphs within graphs are taken apart") {
  Graph graph = imported(nested_graph()).graph;
  check_close(run(graph, {{5}}), {{20}}, 0);
  CHECK(graph.find("G.s") != nullptr);
  CHECK(graph.at("G.s").origin == std::vector<std::string>{"G.s"});
  CHECK(graph.nodes.size() == 3);
}

TEST_CASE("an Input and an Output that are missing are added as nir does") {
  NirFile file;
  file.node("fc", "Affine")
      .real("weight", {1, 2}, {1, 2})
      .real("bias", {1}, {0});
  file.node("n", "I").same("r", {1}, 1);
  file.edges({{"fc", "n"}});
  Imported found = imported(file);
  CHECK(found.graph.input().name == "input_fc");
  CHECK(found.graph.output().name == "output_n");
  check_close(run(found.graph, {{1, 10}, {1, 0}}), {{21}, {22}}, 0);
}

TEST_CASE("names become names of ours, and the source's stay in origin") {
  NirFile file;
  file.node("in", "Input").whole("shape", {1}, {1});
  file.node("0", "Scale").same("scale", {1}, 3);
  file.node("a b", "Scale").same("scale", {1}, 1);
  file.node("a-b", "Scale").same("scale", {1}, 1);
  file.node("a_b", "Scale").same("scale", {1}, 1);
  file.node("out", "Output").whole("shape", {1}, {1});
  file.edges({{"in", "0"},
              {"0", "a b"},
              {"a b", "a-b"},
              {"a-b", "a_b"},
              {"a_b", "out"}});
  std::vector<std::string> names;
  for (const Node& node : imported(file).graph.nodes) {
    names.push_back(node.name + " of " + node.origin.at(0));
  }
  CHECK(names == std::vector<std::string>{"in of in", "n0 of 0", "a_b of a b",
                                          "a-b of a-b", "a_b_2 of a_b",
                                          "out of out"});
}

TEST_CASE("of several outputs one is taken, and what it does not need is not") {
  NirFile file;
  file.node("in", "Input").whole("shape", {1}, {1});
  file.node("a", "Scale").same("scale", {1}, 2);
  file.node("b", "Scale").same("scale", {1}, 3);
  file.node("out1", "Output").whole("shape", {1}, {1});
  file.node("out2", "Output").whole("shape", {1}, {1});
  file.edges({{"in", "a"}, {"in", "b"}, {"a", "out1"}, {"b", "out2"}});
  ImportOptions options;
  options.output = 1;
  Imported found = imported(file, options);
  check_close(run(found.graph, {{5}}), {{15}}, 0);
  CHECK(found.graph.nodes.size() == 3);
  CHECK(found.remarks.size() == 2);
  options.output = 2;
  CHECK(error_of(file, options) == "expected an output from 0 to 1, found 2");
}

// ---- How it is to be run

double decay_of(const Graph& graph) {
  return std::get<Lif>(graph.at("n").op).decay.to_doubles()[0];
}

TEST_CASE("dt is the user's, the file's metadata's, or 1e-4, and said") {
  Imported usual = imported(one_lif());
  CHECK(decay_of(usual.graph) == Approx(0.99));
  CHECK_THAT(usual.remarks.at(1),
             Contains("dt = 1e-04 (--dt)") || Contains("dt = 0.0001 (--dt)"));
  NirFile file = one_lif();
  file.at("node/metadata").real64("dt", {}, {0.001});
  CHECK(decay_of(imported(file).graph) == Approx(0.9));
  CHECK(decay_of(imported(file, options_with(0.002, 4)).graph) == Approx(0.8));
  CHECK(error_of(file, options_with(0.02, 4)) ==
        "refused LIF n: tau = 0.009999999776482582 is shorter than a step of "
        "dt = 0.02: give --dt, or --discretisation exponential");
}

TEST_CASE("T is the user's, that of the data, or 8, and said") {
  Imported usual = imported(one_lif());
  CHECK(usual.graph.run.timesteps == 8);
  CHECK(usual.graph.run.encoding == Encoding::direct);
  CHECK_THAT(usual.remarks.at(0), Contains("8 (-T)"));
  ImportOptions framed;
  framed.nir.data_shape = Shape{30, 1};
  CHECK(imported(one_lif(), framed).graph.run.timesteps == 30);
  CHECK(imported(one_lif(), framed).graph.run.encoding == Encoding::events);
  framed.nir.timesteps = 20;
  CHECK(imported(one_lif(), framed).graph.run.timesteps == 20);
}

TEST_CASE("a missing v_reset is said with the version of the file") {
  CHECK_THAT(imported(one_lif("0.2.0")).remarks.back(),
             Contains("reset by subtraction, as in NIR up to 1.0.5 (the file "
                      "is of 0.2.0; --nir-reset zero)"));
  CHECK_THAT(imported(one_lif("")).remarks.back(), Contains("unknown version"));
}

TEST_CASE("double precision that f32 does not hold is said") {
  NirFile file = nir_chain("Linear", {1}, {1});
  file.real64("weight", {1, 1}, {0.1});
  Imported found = imported(file);
  CHECK(found.table.at(0).verdict == Conversion::Verdict::approximate);
  CHECK_THAT(found.table.at(0).reason, Contains("rounded to 32 bits"));
}

}  // namespace
}  // namespace nc
