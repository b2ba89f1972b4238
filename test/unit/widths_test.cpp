#include "ir/widths.h"

#include <catch2/catch.hpp>

#include "ir/error.h"
#include "ir/listing.h"
#include "runtime/neuron.h"
#include "test/support/sample_graphs.h"

namespace nc {

std::ostream& operator<<(std::ostream& out, const Interval& interval) {
  return out << interval.low << ".." << interval.high;
}

namespace {

using Catch::Matchers::Equals;

Width width_of(const Graph& graph, const std::string& name) {
  for (const Width& width : widths(graph)) {
    if (width.node == name) return width;
  }
  throw Error("no node " + name);
}

// A graph with the input low..high = -2..5 and these further lines.
Graph graph_with(const std::string& lines, const std::string& run = "T=4") {
  return parse_listing("snn x " + run +
                       "\nin = input(shape=[2], step=1, low=-2, high=5)\n" +
                       lines + "out = output() <- fire\n");
}

const std::string kFire = "fire = if(threshold=i8[1]{*10}) <- n\n";

Width of(const std::string& op, const std::string& run = "T=4") {
  return width_of(graph_with("n = " + op + " <- in\n" + kFire, run), "n");
}

TEST_CASE("bits are those of two's complement") {
  CHECK(bits_for({0, 0}) == 1);
  CHECK(bits_for({-1, 0}) == 1);
  CHECK(bits_for({0, 1}) == 2);
  CHECK(bits_for({-128, 127}) == 8);
  CHECK(bits_for({-129, 0}) == 9);
  CHECK(bits_for({0, 128}) == 9);
  CHECK(bits_for({-kUnbounded, kUnbounded}) == 64);
}

TEST_CASE("the input has the range that it says") {
  Graph graph = graph_with("n = relu() <- in\n" + kFire);
  CHECK(width_of(graph, "in").value == Interval{-2, 5});
  CHECK(width_of(graph, "in").membrane_bits == 0);
  graph.run.encoding = Encoding::rate;
  std::get<Input>(graph.nodes[0].op).low = 1;
  CHECK(width_of(graph, "in").value == Interval{0, 5});
}

TEST_CASE("an affine node is bounded by its weights and bias") {
  // Rows: 3x - y + 10 is in [-6 - 5, 15 + 2] + 10; x + y in [-4, 10].
  Width width = of("affine(weight=i8[2, 2]{3, -1, 1, 1}, bias=i8[2]{10, 0})");
  CHECK(width.value == Interval{-4, 27});
  CHECK(width.accumulator == Interval{-11, 27});
  CHECK(width.accumulator_bits == 6);
}

TEST_CASE("zero padding can take away any product of a convolution") {
  std::string in =
      "r = reshape(shape=[1, 2]) <- in\n"
      "s = scale(weight=i8[1]{0}, offset=i8[1]{7}) <- r\n";
  auto value = [&](const std::string& padding) {
    std::string conv =
        "n = conv1d(weight=i8[1, 1, 2]{2, -1}, stride=[1], "
        "padding=[" +
        padding + "]) <- s\n";
    return width_of(graph_with(in + conv + kFire), "n").value;
  };
  CHECK(value("0") == Interval{7, 7});
  CHECK(value("1") == Interval{-7, 14});
}

TEST_CASE("other linear ops have their own bounds") {
  CHECK(of("scale(weight=i8[1]{-3}, offset=i8[1]{1})").value ==
        Interval{-14, 7});
  CHECK(of("relu()").value == Interval{0, 5});
  CHECK(of("pad(before=[1], after=[0], value=9)").value == Interval{-2, 9});
  CHECK(of("slice(axis=0, start=0, stop=1)").value == Interval{-2, 5});
  CHECK(of("sum_pool(kernel=[2], stride=[2], padding=[0])").value ==
        Interval{-4, 10});
}

TEST_CASE("inputs are summed, but concatenated by concat") {
  Graph graph = graph_with(
      "a = scale(weight=i8[1]{2}) <- in\n"
      "b = flatten() <- a, in\nc = concat(axis=0) <- a, in\n"
      "n = flatten() <- b\n" +
      kFire);
  CHECK(width_of(graph, "b").value == Interval{-6, 15});
  CHECK(width_of(graph, "c").value == Interval{-4, 10});
}

TEST_CASE("spikes are bounded by the kind of the neuron") {
  auto value = [](const std::string& options, const std::string& run = "T=4") {
    std::string fire = "fire = if(threshold=i8[1]{*10}" + options + ") <- in\n";
    return width_of(graph_with(fire, run), "fire").value;
  };
  CHECK(value("") == Interval{0, 1});
  CHECK(value(", signed=true") == Interval{-1, 1});
  CHECK(value(", levels=3") == Interval{0, 7});
  CHECK(value("", "T=4 schedule=exact") == Interval{0, 4});
  CHECK(value(", levels=3", "T=4 schedule=exact") == Interval{0, 28});
}

Interval membrane(const std::string& neuron, const std::string& run = "T=4") {
  return width_of(graph_with("fire = " + neuron + " <- in\n", run), "fire")
      .membrane;
}

TEST_CASE("the membrane is bounded over all steps") {
  // Up: 5 at first, at most 9 without a spike, 14 before one.
  // Down: 0 after a spike at the first step, then 3 * -2.
  CHECK(membrane("if(threshold=i8[1]{*10})") == Interval{-6, 14});
  // Starts at 0; 4 * -2.
  CHECK(membrane("if(threshold=i8[1]{*10}, initial=zero)") == Interval{-8, 14});
  // Threshold 2 is outrun: 1 + 5 - 2 = 4, 7, 10, and 15 before the last.
  CHECK(membrane("if(threshold=i8[1]{*2})") == Interval{-7, 15});
}

TEST_CASE("a clamp of the membrane is kept to") {
  CHECK(membrane("if(threshold=i8[1]{*2}, membrane_bits=3)") ==
        Interval{-3, 3});
  CHECK(width_of(graph_with("fire = if(threshold=i8[1]{*2}, membrane_bits=3) "
                            "<- in\n"),
                 "fire")
            .membrane_bits == 3);
}

TEST_CASE("other resets bound the membrane too") {
  CHECK(membrane("if(threshold=i8[1]{*2}, reset=zero, initial=zero)") ==
        Interval{-8, 6});
  CHECK(membrane("if(threshold=i8[1]{*2}, reset=value, reset_value=-9, "
                 "initial=zero)") == Interval{-15, 6});
}

TEST_CASE("a leak keeps the membrane small") {
  // v = v / 2 + z, towards zero: -2, -3, -3, ...
  CHECK(membrane("lif(threshold=i8[1]{*100}, initial=zero, "
                 "decay=i16[1]{*2048})",
                 "T=1000000") == Interval{-3, 9});
  CHECK(of("li(decay=i16[1]{*2048})", "T=1000000").value == Interval{-3, 9});
}

// Where the membrane of a neuron really goes, over all trains of 4 currents
// from -2 to 5.
Interval reached(const Neuron& neuron, int64_t threshold, int64_t decay) {
  constexpr int kTrains = 8 * 8 * 8 * 8;
  Interval all{0, 0};
  auto see = [&](int64_t v) {
    all = {std::min(all.low, v), std::max(all.high, v)};
  };
  for (int train = 0; train < kTrains; ++train) {
    NeuronState<int64_t> state;
    state.membrane = initial_membrane(neuron, threshold);
    see(state.membrane);
    for (int rest = train, step = 0; step < 4; ++step, rest /= 8) {
      int64_t z = rest % 8 - 2;
      state.membrane = leaked(state.membrane, decay);
      see(clamped(neuron, state.membrane + z));
      fire(neuron, threshold, z, state);
      see(state.membrane);
    }
  }
  return all;
}

TEST_CASE("no train of currents leaves the bounds of the membrane") {
  for (const char* options :
       {"", ", signed=true", ", levels=2", ", reset=zero", ", initial=zero",
        ", reset=value, reset_value=3", ", membrane_bits=4",
        ", signed=true, initial=zero"}) {
    for (int threshold : {1, 2, 3, 7, 30}) {
      for (int decay : {4096, 4000, 2048, 1}) {
        Graph graph = graph_with("fire = lif(threshold=i8[1]{*" +
                                 std::to_string(threshold) + "}" + options +
                                 ", decay=i16[1]{*" + std::to_string(decay) +
                                 "}) <- in\n");
        const Neuron& neuron = *as_neuron(graph.at("fire").op);
        Interval bound = width_of(graph, "fire").membrane;
        Interval real = reached(neuron, threshold, decay);
        INFO(options << " " << threshold << " " << decay);
        INFO("bound " << bound << ", reached " << real);
        CHECK(bound.low <= real.low);
        CHECK(bound.high >= real.high);
      }
    }
  }
}

TEST_CASE("the bounds of plain neurons are reached") {
  for (int threshold : {1, 2, 3, 7, 30}) {
    Graph graph = graph_with("fire = if(threshold=i8[1]{*" +
                             std::to_string(threshold) + "}) <- in\n");
    const Neuron& neuron = *as_neuron(graph.at("fire").op);
    CHECK(width_of(graph, "fire").membrane == reached(neuron, threshold, 4096));
  }
}

TEST_CASE("long times do not take long") {
  CHECK(membrane("if(threshold=i8[1]{*2})", "T=1000000") ==
        Interval{1 - 2000000, 1 + 5000000 - 2 * 999999});
}

TEST_CASE("under the exact schedule everything counts T times") {
  std::string run = "T=4 schedule=exact";
  Width width = of("affine(weight=i8[1, 2]{3, -1}, bias=i8[1]{10})", run);
  CHECK(width.value == Interval{-4, 108});
  CHECK(membrane("if(threshold=i8[1]{*10})", run) == Interval{-3, 25});
}

TEST_CASE("the output is bounded by its readout") {
  auto read_out = [](const std::string& run) {
    return width_of(graph_with("n = relu() <- in\n" + kFire, run), "out")
        .membrane;
  };
  CHECK(read_out("T=4") == Interval{0, 4});
  CHECK(read_out("T=4 schedule=exact") == Interval{0, 4});
  CHECK(read_out("T=4 readout=membrane") == Interval{0, 1});
}

TEST_CASE("feedback grows with the steps, and no further") {
  auto sum = [](const std::string& run) {
    return width_of(graph_with("n = flatten() <- in, @n\n" + kFire, run), "n");
  };
  CHECK(sum("T=1").value == Interval{-2, 5});
  CHECK(sum("T=4").value == Interval{-8, 20});
  CHECK(sum("T=1000").accumulator_bits == 64);
  Graph loop =
      graph_with("fire = if(threshold=i8[1]{*10}) <- in, @fire\n", "T=1000");
  CHECK(width_of(loop, "fire").accumulator == Interval{-2, 6});
}

TEST_CASE("bounds saturate instead of wrapping") {
  std::string lines;
  std::string before = "in";
  for (int i = 0; i < 10; ++i) {
    std::string name = i == 9 ? "n" : "s" + std::to_string(i);
    lines += name + " = scale(weight=i32[1]{-2000000000}) <- " + before + "\n";
    before = name;
  }
  Width width = width_of(graph_with(lines + kFire), "n");
  CHECK(width.value == Interval{-kUnbounded, kUnbounded});
  CHECK(width.accumulator_bits == 64);
}

TEST_CASE("widths need an integer graph") {
  CHECK_THROWS_AS(widths(test::small_ann()), Error);
  CHECK_THROWS_WITH(of("silu()"),
                    Equals("node 'n': silu has no integer result"));
}

TEST_CASE("the sample networks have widths") {
  CHECK(widths(test::spiking_mlp()).size() == 5);
  Graph graph = test::spiking_conv_net();
  for (const Width& width : widths(graph)) {
    CHECK(width.value.low <= width.value.high);
    CHECK(width.accumulator.low <= width.accumulator.high);
    CHECK(width.accumulator_bits <= 16);
  }
}

}  // namespace
}  // namespace nc
