// NIR neurons against what NIR's equations say, step by step.
#include <catch2/catch.hpp>

#include "test/support/nir_runs.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using test::check_close;
using test::imported;
using test::kInputs;
using test::nir_chain;
using test::NirFile;
using test::options_with;
using test::Row;
using test::Rows;
using test::run_node;

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
  Imported found = imported(file, options_with(0.1, 4));
  REQUIRE(found.table.size() == 1);
  CHECK(found.table[0].verdict == Conversion::Verdict::approximate);
  CHECK_THAT(found.table[0].reason, Contains("rounded to steps of dt = 0.1"));
}

TEST_CASE("r = 1 / dt, as SpikingJelly writes it, is a gain of 1") {
  NirFile file = nir_chain("IF", {1}, {1});
  file.same("r", {1}, 10000).same("v_threshold", {1}, 1);
  Imported found = imported(file, options_with(1e-4, 4));
  CHECK(found.graph.nodes.size() == 3);
}

// ---- Other nodes

}  // namespace
}  // namespace nc
