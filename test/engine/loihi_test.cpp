// The Loihi engine against the reference engine: equal trains, equal outputs,
// on small quantised networks with random weights and inputs.
#include "backends/loihi/engine.h"

#include <catch2/catch.hpp>
#include <random>

#include "ir/error.h"
#include "ir/shapes.h"
#include "runtime/reference.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using Integers = std::vector<int64_t>;

// A quantised network, node after node; each reads the one before unless told
// otherwise.
class Net {
 public:
  explicit Net(Shape shape, int64_t low = 0, int64_t high = 63, int seed = 1)
      : random_(static_cast<unsigned>(seed)) {
    graph_.name = "net";
    graph_.run.timesteps = 6;
    add("in", Input{std::move(shape), 1.0, low, high}, {});
  }

  Net& add(const std::string& name, Op op, std::vector<std::string> inputs) {
    graph_.nodes.push_back({name, std::move(op), std::move(inputs), {}});
    return *this;
  }

  Net& add(const std::string& name, Op op) {
    return add(name, std::move(op), {graph_.nodes.back().name});
  }

  Tensor draw(Shape shape, int64_t low, int64_t high) {
    std::uniform_int_distribution<int64_t> uniform(low, high);
    Integers values(static_cast<size_t>(element_count(shape)));
    for (int64_t& value : values) value = uniform(random_);
    return integer_tensor(std::move(shape), values);
  }

  Tensor weight(Shape shape) { return draw(std::move(shape), -50, 50); }
  Tensor bias(int64_t size) { return draw({size}, -90, 90); }

  // Thresholds per channel, about as large as the currents of the tests.
  Neuron neuron(int64_t channels, int64_t low = 40, int64_t high = 400) {
    Neuron made;
    made.threshold = draw({channels}, low, high);
    return made;
  }

  If fires(int64_t channels, int64_t low = 40, int64_t high = 400) {
    return If{neuron(channels, low, high)};
  }

  Affine affine(int64_t in, int64_t out) {
    return {weight({out, in}), bias(out)};
  }

  Conv2d conv(int64_t in, int64_t out, int64_t kernel, int64_t padding) {
    Conv2d op;
    op.weight = weight({out, in, kernel, kernel});
    op.bias = bias(out);
    op.padding = {padding, padding};
    return op;
  }

  Net& schedule(Schedule schedule) {
    graph_.run.schedule = schedule;
    return *this;
  }

  Graph& graph() { return graph_; }

  Graph finish() {
    if (!graph_.find("out")) add("out", Output{0.125});
    return graph_;
  }

 private:
  Graph graph_;
  std::mt19937 random_;
};

Batch batch_for(const Graph& graph, int64_t samples, int64_t steps,
                int seed = 3) {
  const Input& input = std::get<Input>(graph.input().op);
  std::mt19937 random(static_cast<unsigned>(seed));
  std::uniform_int_distribution<int64_t> value(input.low, input.high);
  std::bernoulli_distribution silent(0.3);
  Batch batch{samples, steps, input.shape, {}};
  int64_t count = samples * steps * element_count(input.shape);
  for (int64_t i = 0; i < count; ++i) {
    int64_t x = silent(random) ? 0 : value(random);
    batch.values.push_back(static_cast<float>(x));
  }
  return batch;
}

const Wishes kAll = {true, true, true};

Outputs run_loihi(const Graph& graph, const Batch& batch, int threads = 1) {
  return make_loihi_engine(graph, threads)->run(batch, kAll);
}

// As text, a long list that differs says less than where it does.
template <class Value>
std::string difference(const std::vector<Value>& found,
                       const std::vector<Value>& expected) {
  if (found.size() != expected.size()) return "sizes differ";
  auto [a, b] = std::mismatch(found.begin(), found.end(), expected.begin());
  if (a == found.end()) return "";
  return "at " + std::to_string(a - found.begin()) + ": " + std::to_string(*a) +
         " instead of " + std::to_string(*b);
}

void require_equal(const Outputs& loihi, const Outputs& reference) {
  CHECK(loihi.shape == reference.shape);
  CHECK(difference(loihi.values, reference.values) == "");
  CHECK(difference(loihi.by_step, reference.by_step) == "");
  REQUIRE(loihi.layers.size() == reference.layers.size());
  for (size_t i = 0; i < loihi.layers.size(); ++i) {
    INFO("layer " << reference.layers[i].name);
    CHECK(loihi.layers[i].name == reference.layers[i].name);
    CHECK(loihi.layers[i].neurons == reference.layers[i].neurons);
    CHECK(loihi.layers[i].spikes == reference.layers[i].spikes);
    CHECK(loihi.layers[i].events == reference.layers[i].events);
    const Train& train = loihi.trains.at(reference.layers[i].name);
    const Train& expected = reference.trains.at(reference.layers[i].name);
    CHECK(train.steps == expected.steps);
    CHECK(difference(train.spikes, expected.spikes) == "");
    CHECK(difference(train.membrane, expected.membrane) == "");
  }
}

// Runs both engines; every layer must spike, else the test shows nothing.
Outputs check_equal(const Graph& graph, int64_t steps = 1) {
  Batch batch = batch_for(graph, 4, steps);
  Outputs loihi = run_loihi(graph, batch);
  Outputs reference = make_reference_engine(graph)->run(batch, kAll);
  require_equal(loihi, reference);
  for (const LayerCount& layer : loihi.layers) CHECK(layer.spikes > 0);
  return loihi;
}

void check_exact(const Graph& graph, int64_t steps = 1) {
  CHECK(check_equal(graph, steps).warnings == std::vector<std::string>{});
}

Graph mlp() {
  Net net({20});
  net.add("fc1", net.affine(20, 16)).add("if1", net.fires(16, 2000, 6000));
  net.add("fc2", net.affine(16, 12)).add("if2", net.fires(12));
  return net.add("fc3", net.affine(12, 5)).finish();
}

Graph residual(int seed = 1) {
  Net net({2, 8, 8}, 0, 63, seed);
  net.add("conv0", net.conv(2, 6, 3, 1)).add("if0", net.fires(6, 2000, 8000));
  net.add("conv1", net.conv(6, 6, 3, 1)).add("if1", net.fires(6));
  net.add("conv2", net.conv(6, 6, 3, 1));
  net.add("skip", Scale{net.draw({6}, 200, 8000), {}}, {"if0"});
  net.add("if2", net.fires(6, 300, 8000), {"conv2", "skip"});
  net.add("pool", SumPool{{2, 2}, {2, 2}, {0, 0}, false})
      .add("flat", Flatten{});
  return net.add("fc", net.affine(6 * 16, 4)).finish();
}

TEST_CASE("A multi-layer perceptron spikes as in the reference", "[loihi]") {
  check_exact(mlp());
}

TEST_CASE("Inputs that change from step to step arrive in order", "[loihi]") {
  check_exact(mlp(), 6);
}

TEST_CASE("A residual network with a 16-bit skip scale is exact", "[loihi]") {
  for (int seed : {1, 2, 3}) check_exact(residual(seed));
}

TEST_CASE("The number of threads changes nothing", "[loihi]") {
  Graph graph = residual();
  Batch batch = batch_for(graph, 7, 1);
  Outputs one = run_loihi(graph, batch);
  Outputs three = run_loihi(graph, batch, 3);
  require_equal(three, one);
  CHECK(three.warnings == one.warnings);
}

TEST_CASE("Layers behind the readout's depth finish their trains", "[loihi]") {
  Net net({20});
  net.add("fc1", net.affine(20, 8)).add("if1", net.fires(8, 2000, 6000));
  net.add("fc2", net.affine(8, 8)).add("if2", net.fires(8));
  net.add("fc3", net.affine(8, 8)).add("if3", net.fires(8));
  net.add("fc4", net.affine(8, 3), {"if1"});
  check_exact(net.finish());
}

TEST_CASE("An engine can run one batch after another", "[loihi]") {
  Graph graph = residual();
  auto engine = make_loihi_engine(graph);
  engine->run(batch_for(graph, 3, 1, 8), kAll);
  Batch batch = batch_for(graph, 3, 1, 9);
  require_equal(engine->run(batch, kAll),
                make_reference_engine(graph)->run(batch, kAll));
}

TEST_CASE("A pipelined graph gives the same aligned trains", "[loihi]") {
  Graph graph = residual();
  graph.run.schedule = Schedule::pipelined;
  check_exact(graph);
}

TEST_CASE("Strides, groups, dilation and uneven padding are exact", "[loihi]") {
  Net net({4, 9, 7}, -64, 63);
  Conv2d grouped;
  grouped.weight = net.weight({6, 2, 3, 2});
  grouped.bias = net.bias(6);
  grouped.stride = {2, 1};
  grouped.padding = {1, 2};
  grouped.groups = 2;
  net.add("grouped", grouped).add("if0", net.fires(6, 500, 4000));
  Conv2d depthwise;
  depthwise.weight = net.weight({6, 1, 3, 3});
  depthwise.padding = {1, 1};
  depthwise.groups = 6;
  net.add("depthwise", depthwise).add("if1", net.fires(6, 30, 200));
  Conv2d dilated;
  dilated.weight = net.weight({5, 6, 3, 3});
  dilated.stride = {1, 2};
  dilated.dilation = {2, 3};
  dilated.padding = {2, 3};
  net.add("dilated", dilated).add("if2", net.fires(5));
  net.add("flat", Flatten{}).add("fc", net.affine(5 * 5 * 5, 3));
  check_exact(net.finish());
}

TEST_CASE("One-dimensional convolutions and pools are exact", "[loihi]") {
  Net net({3, 20});
  Conv1d conv;
  conv.weight = net.weight({4, 3, 5});
  conv.bias = net.draw({4, 10}, -99, 99);
  conv.stride = {2};
  conv.padding = {2};
  net.add("conv", conv).add("if0", net.fires(4, 1000, 4000));
  net.add("pool", SumPool{{3}, {2}, {1}, true});
  Conv1d wide;
  wide.weight = net.weight({5, 4, 3});
  wide.dilation = {2};
  wide.padding = {1};
  net.add("wide", wide).add("if1", net.fires(5)).add("flat", Flatten{});
  net.add("fc", net.affine(20, 2));
  check_exact(net.finish());
}

TEST_CASE("Rearrangements are wiring, on spikes and on currents", "[loihi]") {
  Net net({2, 6, 6}, 0, 15);
  net.add("conv", net.conv(2, 4, 3, 1));
  net.add("turned", Permute{{0, 2, 1}});
  net.add("pooled", SumPool{{3, 3}, {2, 2}, {1, 1}, true});
  net.add("if0", net.fires(4, 2000, 12000));  // [4, 4, 4]
  net.add("part", Slice{0, 1, 4, 2});         // [2, 4, 4]
  net.add("padded", Pad{{0, 1, 0}, {1, 0, 2}, 0});
  net.add("conv1", net.conv(3, 4, 3, 1)).add("if1", net.fires(4));
  net.add("reshaped", Reshape{{10, 12}});
  net.add("mixed", Permute{{1, 0}}).add("flat", Flatten{});
  net.add("fc", net.affine(120, 4)).add("tail", Slice{0, 1, 4, 1});
  check_exact(net.finish());
}

TEST_CASE("A pad by a constant is a bias", "[loihi]") {
  Net net({2, 5, 5});
  net.add("padded", Pad{{0, 1, 2}, {0, 0, 1}, 77});
  net.add("conv", net.conv(2, 3, 3, 0)).add("if0", net.fires(3, 2000, 12000));
  net.add("flat", Flatten{}).add("fc", net.affine(3 * 4 * 6, 4));
  check_exact(net.finish());
}

TEST_CASE("Concatenated branches of different depth line up", "[loihi]") {
  Net net({2, 6, 6});
  net.add("conv0", net.conv(2, 4, 3, 1)).add("if0", net.fires(4, 2000, 8000));
  net.add("conv1", net.conv(4, 3, 3, 1)).add("if1", net.fires(3));
  net.add("both", Concat{0}, {"if0", "if1", "in"});
  Conv2d last = net.conv(9, 4, 1, 0);
  net.add("conv2", last).add("if2", net.fires(4, 2000, 8000));
  net.add("flat", Flatten{}).add("fc", net.affine(144, 3));
  check_exact(net.finish());
}

TEST_CASE("An input that is read twice counts twice", "[loihi]") {
  Net net({10});
  net.add("fc1", net.affine(10, 8)).add("if1", net.fires(8, 2000, 6000));
  net.add("fc2", net.affine(8, 8), {"if1", "if1"});
  net.add("if2", net.fires(8), {"fc2", "if1", "fc2"});
  check_exact(net.add("fc3", net.affine(8, 3)).finish());
}

TEST_CASE("Weighted layers in a row pass currents through a relay", "[loihi]") {
  Net net({2, 6, 6}, -30, 30);
  net.add("conv0", net.conv(2, 4, 3, 1));
  net.add("pooled", SumPool{{2, 2}, {2, 2}, {0, 0}, false});
  Conv2d small;
  small.weight = net.draw({4, 4, 1, 1}, -1, 1);
  small.bias = net.bias(4);
  net.add("conv1", small).add("if0", net.fires(4, 2000, 12000));
  net.add("flat", Flatten{}).add("fc1", net.affine(36, 6));
  net.add("gain", Scale{net.draw({6}, -3, 3), net.bias(6)});
  // conv0 is also read as it is.
  net.add("side", If{net.neuron(4, 2000, 12000)}, {"pooled"});
  net.add("side_flat", Flatten{}).add("fc2", net.affine(36, 6));
  net.add("out", Output{0.5}, {"gain", "fc2"});
  check_exact(net.finish());
}

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
  Integers on(8 * 16, 0);
  for (size_t i = 0; i < 16; ++i) on[i] = 60;  // one neuron always fires
  std::get<Affine>(net.graph().find("fc1")->op).weight =
      integer_tensor({8, 16}, [&] {
        Integers rest = net.draw({8, 16}, -127, 20).to_integers();
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
    Graph graph = residual(seed);
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

// ---- Refusals
// ----------------------------------------------------------------

void check_refused(const Graph& graph, const std::string& node,
                   const std::string& reason) {
  CHECK_THROWS_WITH(make_loihi_engine(graph),
                    Contains("'" + node + "'") && Contains(reason));
}

Graph small(Op op, Shape shape = {2, 4, 4}) {
  Net net(std::move(shape));
  net.add("conv", net.conv(2, 4, 3, 1)).add("if0", net.fires(4));
  return net.add("odd", std::move(op)).finish();
}

TEST_CASE("What Loihi cannot do is refused by name", "[loihi]") {
  check_refused(small(MaxPool{{2, 2}, {2, 2}, {0, 0}, {1, 1}, false}), "odd",
                "found max_pool");
  check_refused(small(Relu{}), "odd", "found relu");
  check_refused(small(AvgPool{{2, 2}, {2, 2}, {0, 0}}), "odd",
                "found avg_pool");
  check_refused(small(Delay{integer_tensor({1}, {2})}), "odd", "found delay");
  If strict;
  strict.threshold = integer_tensor({1}, {5});
  strict.strict = true;
  check_refused(small(strict), "odd", "found strict=true");
}

TEST_CASE("A network of real numbers is refused", "[loihi]") {
  check_refused(small(Scale{float_tensor({1}, {0.5}), {}}), "odd",
                "expected integers, found f32");
  Graph graph = mlp();
  std::get<Input>(graph.find("in")->op).step = 0;
  check_refused(graph, "in", "not quantised");
}

TEST_CASE("Numbers beyond the chip's fields are refused", "[loihi]") {
  auto neuron = [](int64_t threshold) {
    Neuron made;
    made.threshold = integer_tensor({1}, {threshold});
    return made;
  };
  check_refused(small(If{neuron(131072)}), "odd",
                "expected thresholds from 1 to 131071, found 131072");
  CHECK_NOTHROW(make_loihi_engine(small(If{neuron(131071)})));
  Lif leaky{neuron(5), integer_tensor({1}, {0})};
  check_refused(small(leaky), "odd", "expected decays from 1 to 4096, found 0");
  If value{neuron(5)};
  value.reset = Reset::value;
  value.reset_value = 0.5;
  check_refused(small(value), "odd", "whole reset_value");
  check_refused(small(Scale{integer_tensor({1}, {131072}), {}}), "odd",
                "expected weights up to 131071, found 131072");
}

TEST_CASE("A chain of layers whose currents outgrow 24 bits is refused",
          "[loihi]") {
  Net net({3000}, 0, 255);
  net.add("fc1", net.affine(3000, 4)).add("fc2", net.affine(4, 4));
  net.add("if0", net.fires(4));
  check_refused(net.finish(), "fc1", "at most 24 bits");
}

TEST_CASE("The exact schedule refuses leaks and hard resets", "[loihi]") {
  Neuron neuron;
  neuron.threshold = integer_tensor({1}, {5});
  Graph graph = small(Lif{neuron, integer_tensor({1}, {4000})});
  graph.run.schedule = Schedule::exact;
  check_refused(graph, "odd", "expected no leak");
  neuron.reset = Reset::zero;
  graph = small(If{neuron});
  graph.run.schedule = Schedule::exact;
  check_refused(graph, "odd", "expected reset=subtract");
  graph = small(Li{integer_tensor({1}, {4000})});
  graph.run.schedule = Schedule::exact;
  check_refused(graph, "odd", "found li");
}

TEST_CASE("Feedback that would come too late is refused", "[loihi]") {
  Net net({6});
  net.add("fc1", net.affine(6, 6));
  net.add("if1", net.fires(6), {"fc1", "@if2"});
  net.add("fc2", net.affine(6, 6), {"if1"}).add("if2", net.fires(6));
  check_refused(net.finish(), "if1", "1 steps too late");
}

TEST_CASE("Feedback with a bias or without a neuron is refused", "[loihi]") {
  Net net({6});
  net.add("fc1", net.affine(6, 6));
  net.add("if1", net.fires(6), {"fc1", "@again"});
  net.add("again", net.affine(6, 6), {"if1"});
  check_refused(net.add("out_fc", net.affine(6, 2), {"if1"}).finish(), "if1",
                "expected feedback without a bias, found one in 'again'");
  Net loop({6});
  loop.add("fc1", loop.affine(6, 6)).add("same", Flatten{}, {"fc1", "@same"});
  check_refused(loop.add("if1", loop.fires(6)).finish(), "same",
                "linear ops only");
}

TEST_CASE("Inputs that do not fit are refused", "[loihi]") {
  Graph graph = mlp();
  auto engine = make_loihi_engine(graph);
  Batch batch = batch_for(graph, 2, 1);
  batch.values[3] = 64;
  CHECK_THROWS_WITH(engine->run(batch), Contains("from 0 to 63, found 64"));
  batch.values[3] = 0.5;
  CHECK_THROWS_WITH(engine->run(batch), Contains("whole numbers"));
  CHECK_THROWS_WITH(engine->run(batch_for(graph, 2, 2)),
                    Contains("expected inputs of 1 or 6 steps, found 2"));
  batch.shape = {21};
  CHECK_THROWS_WITH(engine->run(batch), Contains("expected samples of [20]"));
}

}  // namespace
}  // namespace nc
