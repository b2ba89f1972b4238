// The NIR front end against what NIR's equations say, step by step.
#include "passes/nir.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>

#include "ir/error.h"
#include "ir/listing.h"
#include "ir/verify.h"
#include "runtime/reference.h"
#include "test/support/nir_file.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::Equals;
using test::nir_chain;
using test::NirFile;
using test::NirForm;

using Row = std::vector<double>;  // of one step
using Rows = std::vector<Row>;
using Fill = std::function<void(NirFile&)>;

Imported import(const NirFile& file, const ImportOptions& options = {}) {
  Imported imported = import_nir(file.bytes(), "t", options);
  if (!imported.graph.nodes.empty()) require_valid(imported.graph);
  return imported;
}

ImportOptions options_with(double dt, int64_t timesteps) {
  ImportOptions options;
  options.nir.dt = dt;
  options.nir.timesteps = timesteps;
  return options;
}

// What reaches the output at each step, for inputs of each step.
Rows run(Graph graph, const Rows& inputs) {
  graph.run.readout = Readout::membrane;  // the value of each step by itself
  const Shape& shape = std::get<Input>(graph.input().op).shape;
  Batch batch{1, static_cast<int64_t>(inputs.size()), shape, {}};
  graph.run.timesteps = batch.steps;
  for (const Row& row : inputs) {
    for (double value : row) batch.values.push_back(static_cast<float>(value));
  }
  Outputs found =
      make_reference_engine(graph)->run(batch, Wishes{.by_step = true});
  size_t size = found.by_step.size() / inputs.size();
  Rows rows;
  for (size_t step = 0; step < inputs.size(); ++step) {
    auto first =
        found.by_step.begin() + static_cast<std::ptrdiff_t>(step * size);
    rows.emplace_back(first, first + static_cast<std::ptrdiff_t>(size));
  }
  return rows;
}

Rows run(const NirFile& file, const Rows& inputs,
         const ImportOptions& options = {}) {
  return run(import(file, options).graph, inputs);
}

// The same for one node of type `type` on vectors of `size`.
Rows run_node(const std::string& type, int64_t size, const Rows& inputs,
              const Fill& fields, const ImportOptions& options = {}) {
  NirFile file = nir_chain(type, {size}, {size});
  fields(file);
  return run(file, inputs, options);
}

void check_close(const Rows& found, const Rows& expected, double most = 1e-6) {
  REQUIRE(found.size() == expected.size());
  for (size_t t = 0; t < found.size(); ++t) {
    REQUIRE(found[t].size() == expected[t].size());
    for (size_t i = 0; i < found[t].size(); ++i) {
      INFO("step " << t << ", element " << i);
      CHECK(found[t][i] == Approx(expected[t][i]).margin(most));
    }
  }
}

std::string error_of(const NirFile& file, const ImportOptions& options = {}) {
  try {
    Imported imported = import_nir(file.bytes(), "t", options);
    for (const Conversion& row : imported.table) {
      if (row.verdict == Conversion::Verdict::refused) {
        return "refused " + row.op + " " + row.origin + ": " + row.reason;
      }
    }
    require_valid(imported.graph);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// ---- Neurons

const Rows kInputs = {{1, -1}, {2, 0.5}, {0, 3}, {3, 0}, {-1, 2}, {2.5, 1}};

TEST_CASE("IF adds r times its input and fires above the threshold") {
  auto fields = [](NirFile& n) {
    n.real("r", {2}, {1, 2}).real("v_threshold", {2}, {3, 3});
  };
  // 1, 3 (not above 3), 3, 6 -> 3, 2, 4.5 -> 1.5; -2, -1, 5 -> 2, 2, 6 -> 3, 5
  check_close(run_node("IF", 2, kInputs, fields),
              {{0, 0}, {0, 0}, {0, 1}, {1, 0}, {0, 1}, {1, 1}}, 0);
}

TEST_CASE("v_reset is where the membrane goes, 0 included") {
  auto reset = [](double value) {
    return run_node("IF", 1, {{2}, {2}, {2}, {2}}, [&](NirFile& n) {
      n.same("r", {1}, 1)
          .same("v_threshold", {1}, 3)
          .same("v_reset", {1}, value);
    });
  };
  check_close(reset(0), {{0}, {1}, {0}, {1}}, 0);
  check_close(reset(-1), {{0}, {1}, {0}, {0}}, 0);
  check_close(reset(2), {{0}, {1}, {1}, {1}}, 0);
}

TEST_CASE("the user's word on the reset goes before the file's") {
  auto spikes = [](NirReset reset, bool has_value) {
    ImportOptions options;
    options.nir.reset = reset;
    return run_node(
        "IF", 1, {{5}, {1.5}, {1}},
        [&](NirFile& n) {
          n.same("r", {1}, 1).same("v_threshold", {1}, 3);
          if (has_value) n.same("v_reset", {1}, 0);
        },
        options);
  };
  const Rows soft = {{1}, {1}, {0}};
  const Rows hard = {{1}, {0}, {0}};
  CHECK(spikes(NirReset::file, false) == soft);
  CHECK(spikes(NirReset::file, true) == hard);
  CHECK(spikes(NirReset::subtract, true) == soft);
  CHECK(spikes(NirReset::zero, false) == hard);
}

TEST_CASE("LIF is stepped by Euler or by the exponential") {
  constexpr double dt = 0.1, tau = 0.4, r = 3, leak = 0.2, threshold = 1.1;
  for (auto method : {Discretisation::euler, Discretisation::exponential}) {
    ImportOptions options = options_with(dt, 6);
    options.nir.discretisation = method;
    double k = dt / tau;
    double d = method == Discretisation::euler ? 1 - k : std::exp(-k);
    Rows expected;
    Row v = {0, 0};
    for (const Row& x : kInputs) {
      expected.push_back({0, 0});
      for (size_t i = 0; i < 2; ++i) {
        v[i] = d * v[i] + k * r * x[i] + (1 - d) * leak;
        expected.back()[i] = v[i] > threshold;
        if (v[i] > threshold) v[i] -= threshold;
      }
    }
    auto fields = [&](NirFile& n) {
      n.same("tau", {2}, tau).same("r", {2}, r).same("v_leak", {2}, leak);
      n.same("v_threshold", {2}, threshold);
    };
    CHECK(run_node("LIF", 2, kInputs, fields, options) == expected);
  }
}

TEST_CASE("LI and I give their membranes") {
  ImportOptions options = options_with(0.5, 6);
  check_close(run_node(
                  "LI", 1, {{1}, {0}, {2}},
                  [](NirFile& n) {
                    n.same("tau", {1}, 1).same("r", {1}, 4);
                    n.same("v_leak", {1}, 1);
                  },
                  options),
              {{2.5}, {1.75}, {5.375}});
  check_close(run_node("I", 1, {{1}, {0}, {2}},
                       [](NirFile& n) { n.same("r", {1}, 4); }),
              {{4}, {4}, {12}});
}

TEST_CASE("the current of CubaLI and CubaLIF is stepped before the membrane") {
  constexpr double dt = 0.1;
  ImportOptions options = options_with(dt, 6);
  Rows current;
  Rows membrane;
  double i = 0, v = 0;
  for (const Row& x : kInputs) {
    i = 0.5 * i + 0.5 * 3 * x[0];              // tau_syn = 0.2, w_in = 3
    v = 0.75 * v + 0.25 * 2 * i + 0.25 * 0.4;  // tau_mem = 0.4, r = 2
    membrane.push_back({v});
    current.push_back({x[0]});
  }
  auto fields = [](NirFile& n) {
    n.same("tau_syn", {1}, 0.2).same("tau_mem", {1}, 0.4).same("r", {1}, 2);
    n.same("v_leak", {1}, 0.4).same("w_in", {1}, 3);
  };
  check_close(run_node("CubaLI", 1, current, fields, options), membrane, 1e-5);
  Rows spikes;
  v = i = 0;
  for (const Row& x : kInputs) {
    i = 0.5 * i + 0.5 * 3 * x[0];
    v = 0.75 * v + 0.25 * 2 * i + 0.25 * 0.4;
    spikes.push_back({double(v > 2)});
    if (v > 2) v = 0;
  }
  auto firing = [&](NirFile& n) {
    fields(n);
    n.same("v_threshold", {1}, 2).same("v_reset", {1}, 0);
  };
  CHECK(run_node("CubaLIF", 1, current, firing, options) == spikes);
}

TEST_CASE("w_in is 1 where it is missing, and need not be a layer's shape") {
  ImportOptions options = options_with(1, 3);
  auto fields = [](NirFile& n) {
    n.same("tau_syn", {}, 2).same("tau_mem", {1}, 1).same("r", {}, 1);
    n.same("v_leak", {}, 0);
  };
  check_close(run_node("CubaLI", 3, {{4, 8, 0}, {0, 0, 4}}, fields, options),
              {{2, 4, 0}, {1, 2, 2}});
}

TEST_CASE("Threshold fires above it, whatever was before and whatever it is") {
  auto fields = [](NirFile& n) { n.real("threshold", {2}, {2, -1}); };
  check_close(run_node("Threshold", 2, {{2, -1}, {2.5, -0.5}, {0, -3}}, fields),
              {{0, 0}, {1, 1}, {0, 0}}, 0);
}

TEST_CASE("Delay gives what came in so many steps ago") {
  ImportOptions options = options_with(0.5, 4);
  check_close(run_node(
                  "Delay", 3, {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}, {1, 1, 1}},
                  [](NirFile& n) {
                    n.real("delay", {3}, {0, 0.5, 1});
                  },
                  options),
              {{1, 0, 0}, {4, 2, 0}, {7, 5, 3}, {1, 8, 6}}, 0);
}

TEST_CASE("a delay between two steps is rounded, and the table says so") {
  NirFile file = nir_chain("Delay", {1}, {1});
  file.same("delay", {1}, 0.25);
  Imported imported = import(file, options_with(0.1, 4));
  REQUIRE(imported.table.size() == 1);
  CHECK(imported.table[0].verdict == Conversion::Verdict::approximate);
  CHECK_THAT(imported.table[0].reason,
             Contains("rounded to steps of dt = 0.1"));
}

TEST_CASE("r = 1 / dt, as SpikingJelly writes it, is a gain of 1") {
  NirFile file = nir_chain("IF", {1}, {1});
  file.same("r", {1}, 10000).same("v_threshold", {1}, 1);
  Imported imported = import(file, options_with(1e-4, 4));
  CHECK(imported.graph.nodes.size() == 3);
}

// ---- Other nodes

TEST_CASE("Affine, Linear and Scale") {
  NirFile affine = nir_chain("Affine", {2}, {3});
  affine.real("weight", {3, 2}, {1, 2, 3, 4, 5, 6})
      .real("bias", {3}, {1, 0, 2});
  check_close(run(affine, {{1, 10}}), {{22, 43, 67}}, 0);
  NirFile linear = nir_chain("Linear", {2}, {3});
  linear.real("weight", {3, 2}, {1, 2, 3, 4, 5, 6});
  check_close(run(linear, {{1, 10}}), {{21, 43, 65}}, 0);
  NirFile scale = nir_chain("Scale", {2}, {2});
  scale.real("scale", {2}, {3, -1});
  check_close(run(scale, {{1, 10}}), {{3, -10}}, 0);
}

TEST_CASE("matrices side by side each have their own row of the input") {
  NirFile file = nir_chain("Affine", {2, 2}, {2, 1});
  file.real("weight", {2, 1, 2}, {1, 2, 3, 4}).real("bias", {2, 1}, {0, 5});
  check_close(run(file, {{1, 10, 100, 1000}}), {{21, 4305}}, 0);
}

TEST_CASE("Conv2d with groups and padding") {
  NirFile file = nir_chain("Conv2d", {2, 2, 2}, {2, 2, 2});
  file.real("weight", {2, 1, 1, 2}, {1, 10, 2, 20}).real("bias", {2}, {0, 1});
  file.whole("input_shape", {2}, {2, 2}).whole("stride", {2}, {1, 1});
  file.whole("padding", {2}, {0, 0}).whole("dilation", {2}, {1, 1});
  file.whole("groups", {}, {2});
  CHECK_THAT(error_of(file), Contains("expected shape [2, 2, 2], found"));
  NirFile same = nir_chain("Conv2d", {2, 2, 2}, {2, 2, 2});
  same.real("weight", {2, 1, 1, 2}, {1, 10, 2, 20}).real("bias", {2}, {0, 1});
  same.whole("input_shape", {2}, {2, 2}).whole("stride", {2}, {1, 1});
  same.text("padding", "same").whole("dilation", {2}, {1, 1});
  same.whole("groups", {}, {2});
  // An even window lacks a column, which stands behind.
  check_close(run(same, {{1, 2, 3, 4, 5, 6, 7, 8}}),
              {{21, 2, 43, 4, 131, 13, 175, 17}}, 0);
}

TEST_CASE("Conv1d with scalars for its settings") {
  NirFile file = nir_chain("Conv1d", {1, 4}, {1, 2});
  file.real("weight", {1, 1, 3}, {1, 2, 3}).real("bias", {1}, {0.5});
  file.whole("input_shape", {}, {4}).whole("stride", {}, {2});
  file.whole("padding", {}, {1}).whole("dilation", {}, {1});
  file.whole("groups", {}, {1});
  check_close(run(file, {{1, 2, 3, 4}}), {{8.5, 20.5}}, 0);
}

TEST_CASE("pools sum and average") {
  auto pooled = [](const std::string& type) {
    NirFile file = nir_chain(type, {1, 2, 4}, {1, 1, 2});
    file.whole("kernel_size", {2}, {2, 2}).whole("stride", {}, {2});
    file.whole("padding", {2}, {0, 0});
    return run(file, {{1, 2, 3, 4, 5, 6, 7, 8}});
  };
  check_close(pooled("SumPool2d"), {{14, 22}}, 0);
  check_close(pooled("AvgPool2d"), {{3.5, 5.5}}, 0);
}

TEST_CASE("Flatten counts the axes of a sample, without a batch") {
  auto shape_of = [](int64_t start, int64_t end, const Shape& out) {
    NirFile file = nir_chain("Flatten", {2, 3, 4}, out);
    file.whole("start_dim", {}, {start}).whole("end_dim", {}, {end});
    file.whole("input_type", {3}, {2, 3, 4});
    return error_of(file);
  };
  CHECK(shape_of(0, -1, {24}) == "");
  CHECK(shape_of(-3, -1, {24}) == "");
  CHECK(shape_of(1, -1, {2, 12}) == "");
  CHECK(shape_of(0, 1, {6, 4}) == "");
  CHECK_THAT(shape_of(1, -1, {24}),
             Equals("edge 'n' -> 'out': expected shape [24], found [2, 12]"));
  CHECK_THAT(shape_of(3, -1, {24}), Contains("3 is not an axis of [2, 3, 4]"));
}

// ---- Graphs

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
  Graph graph = import(file).graph;
  CHECK(graph.at("w").inputs == std::vector<std::string>{"@n"});
}

TEST_CASE("several edges into a node are a sum; one that stands twice is one") {
  NirFile file;
  file.node("in", "Input").whole("shape", {1}, {1});
  file.node("a", "Scale").same("scale", {1}, 2);
  file.node("b", "Scale").same("scale", {1}, 1);
  file.node("out", "Output").whole("shape", {1}, {1});
  file.edges({{"in", "a"}, {"in", "b"}, {"a", "b"}, {"a", "b"}, {"b", "out"}});
  Imported imported = import(file);
  check_close(run(imported.graph, {{5}}), {{15}}, 0);
  REQUIRE(imported.remarks.size() == 1);
  CHECK(imported.remarks[0] == "edge 'a' -> 'b' stands twice and counts once");
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
  Graph graph = import(nested_graph()).graph;
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
  Imported imported = import(file);
  CHECK(imported.graph.input().name == "input_fc");
  CHECK(imported.graph.output().name == "output_n");
  check_close(run(imported.graph, {{1, 10}, {1, 0}}), {{21}, {22}}, 0);
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
  for (const Node& node : import(file).graph.nodes) {
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
  Imported imported = import(file, options);
  check_close(run(imported.graph, {{5}}), {{15}}, 0);
  CHECK(imported.graph.nodes.size() == 3);
  CHECK(imported.remarks.size() == 2);
  options.output = 2;
  CHECK(error_of(file, options) == "expected an output from 0 to 1, found 2");
}

// ---- How it is to be run

NirFile one_lif(const std::string& version = "1.0.7") {
  NirFile file = nir_chain("LIF", {1}, {1}, version);
  file.same("tau", {1}, 0.01).same("r", {1}, 1).same("v_leak", {1}, 0);
  file.same("v_threshold", {1}, 1);
  return file;
}

double decay_of(const Graph& graph) {
  return std::get<Lif>(graph.at("n").op).decay.to_doubles()[0];
}

TEST_CASE("dt is the user's, the file's metadata's, or 1e-4, and said") {
  Imported usual = import(one_lif());
  CHECK(decay_of(usual.graph) == Approx(0.99));
  CHECK_THAT(usual.remarks.at(1),
             Contains("dt = 1e-04 (--dt)") || Contains("dt = 0.0001 (--dt)"));
  NirFile file = one_lif();
  file.at("node/metadata").real64("dt", {}, {0.001});
  CHECK(decay_of(import(file).graph) == Approx(0.9));
  CHECK(decay_of(import(file, options_with(0.002, 4)).graph) == Approx(0.8));
  CHECK(error_of(file, options_with(0.02, 4)) ==
        "refused LIF n: tau = 0.009999999776482582 is shorter than a step of "
        "dt = 0.02: give --dt, or --discretisation exponential");
}

TEST_CASE("T is the user's, that of the data, or 8, and said") {
  Imported usual = import(one_lif());
  CHECK(usual.graph.run.timesteps == 8);
  CHECK(usual.graph.run.encoding == Encoding::direct);
  CHECK_THAT(usual.remarks.at(0), Contains("8 (-T)"));
  ImportOptions framed;
  framed.nir.data_shape = Shape{30, 1};
  CHECK(import(one_lif(), framed).graph.run.timesteps == 30);
  CHECK(import(one_lif(), framed).graph.run.encoding == Encoding::events);
  framed.nir.timesteps = 20;
  CHECK(import(one_lif(), framed).graph.run.timesteps == 20);
}

TEST_CASE("a missing v_reset is said with the version of the file") {
  CHECK_THAT(import(one_lif("0.2.0")).remarks.back(),
             Contains("reset by subtraction, as in NIR up to 1.0.5 (the file "
                      "is of 0.2.0; --nir-reset zero)"));
  CHECK_THAT(import(one_lif("")).remarks.back(), Contains("unknown version"));
}

TEST_CASE("double precision that f32 does not hold is said") {
  NirFile file = nir_chain("Linear", {1}, {1});
  file.real64("weight", {1, 1}, {0.1});
  Imported imported = import(file);
  CHECK(imported.table.at(0).verdict == Conversion::Verdict::approximate);
  CHECK_THAT(imported.table.at(0).reason, Contains("rounded to 32 bits"));
}

// ---- Files

NirFile in_form(NirForm form) {
  NirFile file("1.0.7", form);
  file.node("in", "Input").whole("shape", {1}, {7});
  file.node("fc", "Affine");
  std::vector<double> weight;
  for (int i = 0; i < 84; ++i) weight.push_back(i % 13 - 6);
  file.real("weight", {12, 7}, weight).real("bias", {12}, Row(12, 0.5));
  file.node("out", "Output").whole("shape", {1}, {12});
  file.edges({{"in", "fc"}, {"fc", "out"}});
  file.at("node/metadata/deep/er").text("note", "x").whole("n", {}, {3});
  return file;
}

TEST_CASE("every form in which HDF5 stores a graph gives the same graph") {
  std::string expected = listing(import(in_form({})).graph);
  for (NirForm form :
       {NirForm{.packed = true}, NirForm{.compact = true},
        NirForm{.fixed_texts = true}, NirForm{.big_endian = true},
        NirForm{.latest = true}, NirForm{.latest = true, .compact = true}}) {
    CHECK(listing(import(in_form(form)).graph) == expected);
  }
}

TEST_CASE("groups of any size are read in the newer form, too") {
  for (int count : {9, 60, 2000}) {
    NirFile file("1.0.7", {.latest = true});
    NirFile::Edges edges;
    std::string last = "in";
    file.node("in", "Input").whole("shape", {1}, {1});
    for (int i = 0; i < count; ++i) {
      std::string name = "layer_with_a_name_" + std::to_string(i);
      file.node(name, "Scale").same("scale", {1}, 1);
      edges.emplace_back(last, name);
      last = name;
    }
    edges.emplace_back(last, "out");
    file.node("out", "Output").whole("shape", {1}, {1});
    file.edges(edges);
    CHECK(import(file).graph.nodes.size() == static_cast<size_t>(count) + 2);
  }
}

TEST_CASE("soft links lead to what they name, or are answered") {
  NirFile file;
  file.node("in", "Input").whole("shape", {1}, {1});
  file.at("shared").same("scale", {1}, 7);
  file.node("a", "Scale").link("node/nodes/a/scale", "/shared/scale");
  file.node("out", "Output").whole("shape", {1}, {1});
  file.edges({{"in", "a"}, {"a", "out"}});
  check_close(run(file, {{2}}), {{14}}, 0);
  NirFile lost = nir_chain("Scale", {1}, {1});
  lost.link("node/nodes/n/scale", "../scale");
  CHECK_THAT(error_of(lost), Contains("node/nodes/n/scale: a soft link leads"));
  NirFile loop = nir_chain("Scale", {1}, {1});
  loop.link("node/nodes/n/scale", "/node/nodes/n/scale");
  CHECK_THAT(error_of(loop), Contains("a soft link leads nowhere"));
}

TEST_CASE("a file that is cut off is answered") {
  std::vector<std::byte> bytes = one_lif().bytes();
  for (size_t size :
       {size_t{0}, size_t{7}, size_t{40}, bytes.size() / 2, bytes.size() - 1}) {
    Bytes part = Bytes(bytes).first(size);
    CHECK_THROWS_AS(import_nir(part, "t", {}), Error);
  }
  CHECK_THROWS_WITH(import_nir(Bytes(bytes).first(bytes.size() - 1), "t", {}),
                    Contains("cut off: expected"));
}

TEST_CASE("broken graphs are answered by the name of node or edge") {
  auto broken = [](const std::string& type, const Fill& fields) {
    NirFile file = nir_chain(type, {2}, {2});
    fields(file);
    return error_of(file);
  };
  auto none = [](NirFile&) {};
  CHECK(broken("Foo", none) ==
        "refused Foo n: this program knows no such node");
  CHECK(broken("LIF", [](NirFile& n) { n.same("r", {2}, 1); }) ==
        "node 'n' (LIF): expected 'tau', found none");
  CHECK(broken("I", [](NirFile& n) { n.same("r", {2}, NAN); }) ==
        "node 'n' (I): 'r' holds a number that is not finite");
  CHECK(broken("I", [](NirFile& n) { n.text("r", "x"); }) ==
        "node 'n' (I): 'r': expected numbers, found text");
  CHECK(broken("I", [](NirFile& n) { n.same("r", {3}, 1); }) ==
        "node 'n' (I): 'r': expected shape [2] or one that can be broadcast to "
        "it, found [3]");
  CHECK(broken("IF", [](NirFile& n) {
          n.same("r", {2}, 1).same("v_threshold", {2}, 1);
          n.text("reset", "soft");
        }) == "refused IF n: unknown field 'reset'");
  CHECK(broken("IF", [](NirFile& n) {
          n.same("r", {2}, 1).same("v_threshold", {2}, 1);
          n.real("v_reset", {2}, {0, 1});
        }) == "refused IF n: v_reset differs from neuron to neuron");
  CHECK(broken("LI", [](NirFile& n) {
          n.same("r", {2}, 1).same("v_leak", {2}, 0).same("tau", {2}, 0);
        }) == "node 'n' (LI): expected every 'tau' above 0, found 0");
  CHECK(broken("Linear", [](NirFile& n) {
          n.same("weight", {2, 3}, 1);
        }) == "edge 'in' -> 'n': expected shape [3], found [2]");
  CHECK(broken("Affine", [](NirFile& n) {
          n.same("weight", {2, 2}, 1);
        }) == "node 'n' (Affine): expected 'bias', found none");
}

TEST_CASE("broken edges and ends are answered") {
  auto with_edges = [](const NirFile::Edges& edges) {
    NirFile file;
    file.node("in", "Input").whole("shape", {1}, {1});
    file.node("a", "Scale").same("scale", {1}, 2);
    file.node("b", "Scale").same("scale", {1}, 2);
    file.node("out", "Output").whole("shape", {1}, {1});
    file.edges(edges);
    return error_of(file);
  };
  CHECK(with_edges({{"in", "a"}, {"a", "c"}}) ==
        "edge 'a' -> 'c': 'c' is not a node of the graph");
  CHECK(with_edges({{"in", "a"}, {"b", "a"}, {"a", "out"}}) ==
        "node 'b' (Scale): nothing leads to it");
  CHECK(with_edges({}) == "node 'out' (Output): nothing leads to it");
  NirFile two;
  two.node("x", "Input").whole("shape", {1}, {1});
  two.node("y", "Input").whole("shape", {1}, {1});
  two.node("out", "Output").whole("shape", {1}, {1});
  two.edges({{"x", "out"}, {"y", "out"}});
  CHECK(error_of(two) == "expected one Input, found 'x', 'y'");
  NirFile slash = nir_chain("Scale", {1}, {1});
  slash.same("scale", {1}, 1).node("a/b", "Scale").same("scale", {1}, 1);
  CHECK(error_of(slash) ==
        "node 'a': expected a type, found none (HDF5 takes a name with '/' "
        "apart)");
  NirFile untyped = nir_chain("Scale", {1}, {1});
  untyped.same("scale", {1}, 1).at("node/nodes/z").same("scale", {1}, 1);
  CHECK_THAT(error_of(untyped), Contains("node 'z': expected a type"));
}

TEST_CASE("HDF5 that is not NIR is told apart") {
  NirFile file = one_lif();
  CHECK(is_nir(file.bytes()));
  NirForm latest{.latest = true};
  CHECK(is_nir(in_form(latest).bytes()));
  std::vector<std::byte> text(100, std::byte{'x'});
  CHECK_FALSE(is_nir(text));
  CHECK_FALSE(is_nir(Bytes{}));
}

}  // namespace
}  // namespace nc
