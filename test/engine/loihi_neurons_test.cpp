// The same for all kinds of neurons, widths and schedules.
#include <algorithm>
#include <catch2/catch.hpp>

#include "ir/shapes.h"
#include "runtime/reference.h"
#include "test/support/loihi_net.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using test::batch_for;
using test::check_equal;
using test::check_exact;
using test::kAll;
using test::loihi_residual;
using test::Net;
using test::require_equal;
using test::run_loihi;

Neuron signed_neuron(Net& net, int64_t channels, int64_t low, int64_t high) {
  Neuron neuron = net.neuron(channels, low, high);
  neuron.is_signed = true;
  return neuron;
}

TEST_CASE("Signed neurons take spikes back as in the reference", "[loihi]") {
  Net net({2, 6, 6}, -64, 63);
  net.add("conv0", net.conv(2, 4, 3, 1));
  net.add("if0", If{signed_neuron(net, 4, 2000, 4000)});
  net.add("conv1", net.conv(4, 4, 3, 1));
  net.add("if1", If{signed_neuron(net, 4, 50, 400)});
  net.add("flat", Flatten{}).add("fc", net.affine(144, 4));
  Outputs outputs = check_equal(net.finish(), 6);
  CHECK(outputs.warnings.empty());
  const std::vector<int32_t>& spikes = outputs.trains.at("if1").spikes;
  CHECK(std::count(spikes.begin(), spikes.end(), -1) > 0);
}

TEST_CASE("Multi-level neurons send graded spikes", "[loihi]") {
  for (int64_t levels : {2, 4, 20}) {
    Net net({2, 6, 6});
    If neuron = net.fires(4, 200, 900);
    neuron.levels = levels;
    net.add("conv0", net.conv(2, 4, 3, 1)).add("if0", neuron);
    net.add("conv1", net.conv(4, 4, 3, 1)).add("if1", net.fires(4));
    net.add("flat", Flatten{}).add("fc", net.affine(144, 4));
    check_exact(net.finish());
  }
}

TEST_CASE("Hard resets, leaks and leaky readouts are exact", "[loihi]") {
  Net net({12}, -64, 63);
  Lif leaky{net.neuron(10, 700, 4000), net.draw({10}, 1, 4096)};
  If zero = net.fires(10, 100, 500);
  zero.reset = Reset::zero;
  zero.initial = Initial::zero;
  Lif value{net.neuron(10, 100, 500), net.draw({1}, 3000, 4000)};
  value.reset = Reset::value;
  value.reset_value = -31;
  net.add("fc1", net.affine(12, 10)).add("lif", leaky);
  net.add("fc2", net.affine(10, 10)).add("zero", zero);
  net.add("fc3", net.affine(10, 10)).add("value", value);
  net.add("fc4", net.affine(10, 4)).add("li", Li{net.draw({4}, 1, 4096)});
  for (Readout readout : {Readout::sum, Readout::membrane, Readout::count}) {
    net.graph().run.readout = readout;
    check_exact(net.finish());
    check_exact(net.finish(), 6);
  }
}

TEST_CASE("Feedback arrives one step later", "[loihi]") {
  Net net({12}, -64, 63);
  net.add("fc", net.affine(12, 10));
  net.add("if1", net.fires(10, 700, 4000), {"fc", "@again", "@if1"});
  Affine again = {net.weight({10, 10}), {}};
  net.add("again", again).add("out_fc", net.affine(10, 3), {"if1"});
  check_exact(net.finish());
}

TEST_CASE("Biases beyond 13 bits come from bias axons", "[loihi]") {
  Net net({10});
  Affine first = {net.weight({8, 10}), net.draw({8}, -15000, 20000)};
  Affine second = {net.weight({8, 8}), net.draw({8}, -9000, 9001)};
  Affine third = {net.weight({3, 8}), net.draw({3}, -2000000, 2000000)};
  net.add("fc1", first).add("if1", net.fires(8, 30000, 90000));
  net.add("fc2", second).add("if2", net.fires(8, 1000, 9000));
  check_exact(net.add("fc3", third).finish());
}

Graph saturating(int64_t membrane_bits) {
  Net net({16});
  If neuron = net.fires(8, 100000, 131071);
  neuron.membrane_bits = membrane_bits;
  net.add("fc1", Affine{net.draw({8, 16}, -127, 20), {}});
  net.add("drive", neuron);
  net.add("fc2", Affine{net.weight({8, 8}), net.bias(8)});
  net.add("if2", net.fires(8, 50, 200));
  net.graph().run.timesteps = 24;
  std::vector<int64_t> on(8 * 16, 0);
  for (size_t i = 0; i < 16; ++i) on[i] = 60;  // one neuron always fires
  std::get<Affine>(net.graph().find("fc1")->op).weight =
      integer_tensor({8, 16}, [&] {
        std::vector<int64_t> rest = net.draw({8, 16}, -127, 20).to_integers();
        std::copy(on.begin(), on.begin() + 16, rest.begin());
        return rest;
      }());
  return net.add("fc3", net.affine(8, 3)).finish();
}

TEST_CASE("A membrane of 18 bits saturates as in the reference", "[loihi]") {
  Graph graph = saturating(18);
  Batch batch = batch_for(graph, 4, 1);
  Outputs outputs = run_loihi(graph, batch);
  require_equal(outputs, make_reference_engine(graph)->run(batch, kAll));
  CHECK(outputs.warnings.empty());
  const std::vector<double>& v = outputs.trains.at("drive").membrane;
  CHECK(*std::min_element(v.begin(), v.end()) == -131071);
}

TEST_CASE("A tighter membrane is the graph's own affair", "[loihi]") {
  Graph graph = saturating(15);
  Batch batch = batch_for(graph, 4, 1);
  Outputs outputs = run_loihi(graph, batch);
  require_equal(outputs, make_reference_engine(graph)->run(batch, kAll));
  CHECK(outputs.warnings.empty());
}

TEST_CASE("A membrane that would need more bits is reported", "[loihi]") {
  Graph graph = saturating(0);
  Outputs outputs = run_loihi(graph, batch_for(graph, 4, 1));
  REQUIRE(outputs.warnings.size() == 1);
  CHECK_THAT(outputs.warnings[0], Contains("node 'drive'"));
  CHECK_THAT(outputs.warnings[0], Contains("saturated"));
}

TEST_CASE("A current that wraps is reported", "[loihi]") {
  Net net({40}, 0, 255);
  net.add("fc", Affine{net.draw({4, 40}, 100, 127), {}});
  net.add("if", net.fires(4, 90000, 131071));
  Graph graph = net.add("out_fc", net.affine(4, 2)).finish();
  Outputs outputs = run_loihi(graph, batch_for(graph, 4, 1));
  REQUIRE(outputs.warnings.size() == 1);
  CHECK_THAT(outputs.warnings[0], Contains("currents wrapped"));
  CHECK_THAT(outputs.warnings[0], !Contains(" 0 currents"));
}

TEST_CASE("Under the exact schedule a layer sends one count", "[loihi]") {
  for (int seed : {1, 2}) {
    Graph graph = loihi_residual(seed);
    graph.run.schedule = Schedule::exact;
    graph.run.timesteps = 8;
    check_exact(graph);
    check_exact(graph, 8);
  }
}

TEST_CASE("Exact counts of multi-level neurons go beyond T", "[loihi]") {
  Net net({2, 6, 6});
  If neuron = net.fires(4, 200, 900);
  neuron.levels = 3;
  net.add("conv0", net.conv(2, 4, 3, 1)).add("if0", neuron);
  net.add("conv1", net.conv(4, 4, 3, 1)).add("if1", net.fires(4));
  net.add("flat", Flatten{}).add("fc", net.affine(144, 4));
  check_exact(net.schedule(Schedule::exact).finish());
}

TEST_CASE("Random small networks are exact", "[loihi]") {
  for (int seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    Net net({3, 7, 6}, -64, 63, seed);
    int64_t kernel = 1 + seed % 3;
    Conv2d first = net.conv(3, 4, kernel, seed % 2);
    first.stride = {1 + seed % 2, 1 + seed / 2 % 2};
    net.add("conv0", first).add("if0", net.fires(4, 700, 6000));
    net.add("pool", SumPool{{2, 2}, {1, 2}, {1, 0}, seed % 4 == 0});
    net.add("conv1", net.conv(4, 5, 2, 1));
    net.add("if1",
            If{seed % 3 ? net.neuron(5) : signed_neuron(net, 5, 90, 900)});
    net.add("flat", Flatten{});
    int64_t features = infer_shapes(net.graph()).at("flat")[0];
    net.add("fc", net.affine(features, 3));
    check_exact(net.finish(), seed % 5 == 0 ? 6 : 1);
  }
}

}  // namespace
}  // namespace nc
