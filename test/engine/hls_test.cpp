// Generated HLS projects, compiled with g++ and run against their own stored
// spikes.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "ir/listing.h"
#include "test/support/compare.h"
#include "test/support/engine_cases.h"
#include "test/support/hardware.h"
#include "test/support/sample_graphs.h"
#include "test/unit/temporary_folder.h"
#include "tools/support/folder.h"
#include "tools/support/hls.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using test::content;
using test::with_probe;
using Files = std::vector<ProjectFile>;

bool can_compile() {
  static const bool found = std::system("g++ --version > /dev/null 2>&1") == 0;
  if (!found) WARN("SKIPPED: no g++ to compile what is generated");
  return found;
}

Files project_of(const Graph& graph, const HlsOptions& options = {}) {
  for (const Problem& each : hls_problems(graph, options)) {
    FAIL(each.node << ": " << each.message);
  }
  return generate_hls(graph, options, golden_of(graph));
}

struct Simulation {
  int status;
  std::string printed;
};

Simulation simulate(Files files) {
  test::TemporaryFolder folder;
  std::string path = folder.path("net");
  files.push_back({".marker", ""});
  write_folder(path, files, ".marker", false);
  std::string log = folder.path("log");
  int status = std::system(
      ("CXXFLAGS='-O0 -Werror' " + path + "/csim.sh > " + log + " 2>&1")
          .c_str());
  std::ostringstream text;
  text << std::ifstream(log).rdbuf();
  return {status, text.str()};
}

void check_simulation(const Graph& graph, const HlsOptions& options = {}) {
  if (!can_compile()) return;
  Simulation run = simulate(project_of(graph, options));
  CHECK_THAT(run.printed,
             EndsWith("\n0 spikes different\n0 outputs different\n"));
  CHECK(run.status == 0);
}

HlsOptions streaming(int64_t reuse_factor = 0) {
  HlsOptions options;
  options.io = HlsIo::stream;
  options.reuse_factor = reuse_factor;
  options.memory = HlsMemory::uram;
  return options;
}

Graph engine_case(const std::string& name) {
  for (test::EngineCase& each : test::engine_cases()) {
    if (each.name == name) return each.graph;
  }
  FAIL("no case " << name);
  return {};
}

// Every kind of neuron behind one grouped 1-d convolution.
const char* const kKinds = R"(snn kinds T=6
  in = input(shape=[4, 9], step=1, low=-9, high=9)
  conv = conv1d(weight=i8[6, 2, 3]{~1}, bias=i8[6]{1, -2, 3, 4, -5, 6}, stride=[2], padding=[1], groups=2) <- in
  n1 = if(threshold=i8[6]{40, 50, 61, 33, 20, 90}) <- conv
  n2 = if(threshold=i8[1]{33}, reset=zero) <- conv
  n3 = if(threshold=i8[1]{33}, reset=value, reset_value=-7, initial=zero) <- conv
  n4 = if(threshold=i8[1]{33}, signed=true, membrane_bits=8) <- conv
  n5 = if(threshold=i8[6]{4, 5, 6, 7, 8, 9}, levels=3) <- conv
  n6 = lif(threshold=i8[1]{40}, decay=i16[6]{4096, 3000, 100, 0, 2000, 4000}) <- conv
  n7 = lif(threshold=i8[1]{40}, decay=i16[1]{3500}, signed=true) <- conv
  n8 = li(decay=i16[1]{3500}) <- conv
  n9 = if(threshold=i8[1]{5}, strict=true) <- conv
  n10 = if(threshold=i8[1]{-2}, strict=true, initial=zero, reset=value, reset_value=-9) <- conv
  n11 = lif(threshold=i8[1]{40}, decay=i16[1]{3500}, strict=true, reset=zero) <- conv
  n12 = lif(threshold=i8[1]{40}, decay=i16[1]{3500}, reset=value, reset_value=5) <- conv
  n13 = relu() <- conv
  all = concat(axis=0) <- n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, n12, n13
  flat = flatten() <- all
  fc = affine(weight=i8[4, 390]{~2}) <- flat
  if = if(threshold=i16[4]{900, 200, 330, 70}) <- fc
  out = output(scale=0.5) <- if
)";

TEST_CASE("a generated mlp gives the spikes of the reference") {
  check_simulation(with_probe(test::spiking_mlp()));
}

TEST_CASE("generated residual networks give the spikes of the reference") {
  Graph graph = test::spiking_conv_net();
  check_simulation(with_probe(graph), streaming(4));
  graph.run.schedule = Schedule::exact;
  check_simulation(with_probe(graph));
  graph.run.schedule = Schedule::pipelined;
  graph.run.encoding = Encoding::rate;
  check_simulation(with_probe(graph, true));
}

TEST_CASE("generated neurons of every kind give the spikes of the reference") {
  check_simulation(with_probe(parse_listing(kKinds)));
  check_simulation(with_probe(parse_listing(kKinds)), streaming());
}

TEST_CASE("generated layers of every kind give the spikes of the reference") {
  check_simulation(with_probe(engine_case("mixed, causal")));
  check_simulation(with_probe(engine_case("mixed, exact")), streaming(7));
  check_simulation(with_probe(engine_case("linear ops, causal")), streaming());
  check_simulation(with_probe(engine_case("shapes")));
}

TEST_CASE("feedback, membranes and levels in a window are generated") {
  check_simulation(with_probe(engine_case("feedback")));
  check_simulation(with_probe(engine_case("membrane")));
  check_simulation(with_probe(engine_case("levels, exact")));
}

TEST_CASE("a wrong weight makes the test bench fail") {
  if (!can_compile()) return;
  Files files = project_of(with_probe(test::spiking_mlp()));
  std::string& table = content(files, "weights/fc1.h");
  size_t start = table.find("{\n") + 2;
  table.replace(start, table.find(',', start) - start, "0");
  Simulation run = simulate(files);
  CHECK(run.status != 0);
  CHECK_THAT(run.printed, Contains("first difference: layer 'if1', step ") &&
                              Contains(": expected "));
}

TEST_CASE("a sum that does not fit its width ends the simulation") {
  if (!can_compile()) return;
  Files files = project_of(with_probe(test::spiking_mlp()));
  std::string& structs = content(files, "layers.h");
  size_t layer = structs.find("struct fc1_layer");
  size_t start = structs.rfind("typedef", structs.find(" sum_t;", layer));
  structs.replace(start, structs.find(" sum_t;", layer) - start,
                  "typedef ap_int<4>");
  Simulation run = simulate(files);
  CHECK(run.status != 0);
  CHECK_THAT(run.printed, Contains("does not fit ap_int<4>"));
}

TEST_CASE("the same network gives the same files") {
  Graph graph = with_probe(test::spiking_conv_net());
  Files once = project_of(graph);
  Files again = project_of(graph);
  REQUIRE(once.size() == again.size());
  for (size_t i = 0; i < once.size(); ++i) {
    CHECK(once[i].name == again[i].name);
    CHECK(once[i].content == again[i].content);
  }
}

// ---- What is refused -------------------------------------------------------

std::string problems(const Graph& graph, const HlsOptions& options = {}) {
  std::string text;
  for (const Problem& each : hls_problems(graph, options)) {
    text += each.node + ": " + each.message + "\n";
  }
  return text;
}

TEST_CASE("everything without a hardware form is named") {
  CHECK_THAT(problems(test::small_ann()),
             Contains(": expected a spiking network") &&
                 Contains("\nconv1: expected integers, found f32") &&
                 Contains("\nnorm1: batch_norm has no hardware form\n") &&
                 Contains("\npool: avg_pool has no hardware form\n"));
}

TEST_CASE("widths beyond the limit are named") {
  HlsOptions narrow;
  narrow.max_bits = 8;
  CHECK_THAT(problems(test::spiking_mlp(), narrow),
             Contains("fc1: expected sums of at most 8 bits (--max-bits), "
                      "found a need of 10 bits\n") &&
                 Contains("\nif1: expected sums"));
  CHECK(problems(test::spiking_mlp()).empty());
}

TEST_CASE("what a schedule or streams cannot do is named") {
  CHECK(problems(engine_case("feedback"), streaming()) ==
        "again: feedback has no form with --io stream (use parallel)\n");
  Graph exact = engine_case("feedback");
  exact.run.schedule = Schedule::exact;
  CHECK(problems(exact) == "again: schedule=exact has no feedback\n");
  Graph leaks = parse_listing(kKinds);
  leaks.run.schedule = Schedule::exact;
  CHECK_THAT(problems(leaks), Contains("n2: schedule=exact needs") &&
                                  Contains("n6: schedule=exact needs") &&
                                  Contains("n8: schedule=exact needs"));
}

TEST_CASE("names of nodes become names in C++, each its own") {
  Graph graph = parse_listing(R"(snn t T=2
  int = input(shape=[2], step=1, low=0, high=3)
  a.b = if(threshold=i8[1]{2}) <- int
  a-b = if(threshold=i8[1]{2}) <- a.b
  a_b = if(threshold=i8[1]{2}) <- a-b
  _while = output() <- a_b
)");
  check_simulation(with_probe(graph));
}

}  // namespace
}  // namespace nc
