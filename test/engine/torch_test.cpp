// The torch engine against the reference engine: equal spikes on quantised
// graphs, equal values up to f32 on others.
#include <catch2/catch.hpp>

#include "ir/error.h"
#include "ir/listing.h"
#include "runtime/torch/engine.h"
#include "test/support/compare.h"
#include "test/support/sample_graphs.h"

namespace nc {
namespace {

void check_equal(const Graph& graph, unsigned seed) {
  Batch batch = test::random_batch(graph, 5, seed);
  Wishes all{.by_step = true, .spikes = true, .membranes = true};
  Outputs wanted = make_reference_engine(graph)->run(batch, all);
  Outputs found = make_torch_engine(graph)->run(batch, all);
  CHECK(test::different_spikes(wanted, found) == 0);
  for (const auto& [name, train] : wanted.trains) {
    CHECK(train.membrane == found.trains.at(name).membrane);
  }
  CHECK(wanted.values == found.values);
  CHECK(wanted.by_step == found.by_step);
  for (size_t i = 0; i < wanted.layers.size(); ++i) {
    CHECK(wanted.layers[i].spikes == found.layers[i].spikes);
    CHECK(wanted.layers[i].events == found.layers[i].events);
  }
}

std::string neuron_graph(const std::string& neuron) {
  return R"(snn t T=6
  in = input(shape=[2, 4, 4], step=1, low=-9, high=9)
  conv = conv2d(weight=i8[3, 2, 3, 3]{~1}, bias=i8[3]{1, -2, 3}, stride=[1, 1], padding=[1, 1]) <- in
  n = )" +
         neuron + R"( <- conv
  flat = flatten() <- n
  fc = affine(weight=i8[4, 48]{~2}) <- flat
  m = if(threshold=i8[4]{9, 20, 33, 7}) <- fc
  out = output(scale=0.5) <- m
)";
}

TEST_CASE("every kind of neuron and reset gives the reference's spikes") {
  for (std::string neuron :
       {"if(threshold=i8[3]{40, 50, 61})",
        "if(threshold=i8[1]{33}, reset=zero)",
        "if(threshold=i8[1]{33}, reset=value, reset_value=-7)",
        "if(threshold=i8[3]{40, 50, 61}, initial=zero)",
        "if(threshold=i8[3]{40, 50, 61}, signed=true)",
        "if(threshold=i8[3]{4, 5, 6}, levels=3)",
        "if(threshold=i8[3]{40, 50, 61}, membrane_bits=8)",
        "lif(threshold=i8[3]{40, 50, 61}, decay=i16[3]{4096, 3000, 100})",
        "li(decay=i16[3]{4096, 3000, 100})"}) {
    INFO(neuron);
    check_equal(parse_listing(neuron_graph(neuron)), 1);
  }
}

TEST_CASE("every schedule gives the reference's spikes") {
  for (std::string name : {"causal", "pipelined", "exact"}) {
    for (Graph graph : {test::spiking_mlp(), test::spiking_conv_net()}) {
      graph.run.schedule = *enum_from<Schedule>(name);
      check_equal(graph, 2);
    }
  }
}

TEST_CASE("linear ops between neurons, on spikes and on currents") {
  check_equal(parse_listing(R"(snn t T=5
  in = input(shape=[2, 6], step=1, low=0, high=20)
  conv = conv1d(weight=i8[4, 2, 3]{~1}, stride=[1], padding=[1], bias=i8[4]{1, 2, 3, 4}) <- in
  n = if(threshold=i8[4]{20, 30, 40, 50}) <- conv
  pool = sum_pool(kernel=[2], stride=[2], padding=[0]) <- n
  wide = pad(before=[1, 0], after=[0, 1]) <- pool
  turn = permute(order=[1, 0]) <- wide
  part = slice(axis=1, start=0, stop=5, step=2) <- turn
  best = max_pool(kernel=[2], stride=[1], padding=[0], dilation=[1]) <- conv
  back = reshape(shape=[3, 4]) <- part
  part2 = scale(weight=i8[1]{-3}, offset=i8[1]{2}) <- back
  both = concat(axis=0) <- back, part2
  flat = flatten() <- both
  fc = affine(weight=i8[4, 24]{~2}) <- flat
  m = if(threshold=i8[1]{15}) <- fc
  flat2 = flatten() <- best
  fc2 = affine(weight=i8[4, 20]{~5}) <- flat2
  out = output() <- m, fc2
)"),
              3);
}

TEST_CASE("feedback edges give the value of the step before") {
  check_equal(parse_listing(R"(snn t T=8
  in = input(shape=[4], step=1, low=0, high=30)
  fc = affine(weight=i8[4, 4]{~1}, bias=i8[4]{3, 4, 5, 6}) <- in
  again = affine(weight=i8[4, 4]{~2}) <- @n
  n = if(threshold=i8[1]{25}) <- fc, again
  out = output() <- n
)"),
              4);
}

TEST_CASE("numbers beyond 2^24 are carried in f64") {
  check_equal(parse_listing(R"(snn t T=4
  in = input(shape=[3], step=1, low=0, high=200)
  a = affine(weight=i32[3, 3]{9000001, 3, -8000001, 5, 7000001, 1, 1, 2, 3}) <- in
  n = if(threshold=i32[1]{100000001}) <- a
  out = output() <- n
)"),
              5);
}

TEST_CASE("an ANN gives the reference's values up to f32") {
  Graph graph = test::small_ann();
  Batch batch = test::random_batch(graph, 4, 6);
  CHECK(test::difference(make_reference_engine(graph)->run(batch),
                         make_torch_engine(graph)->run(batch)) < 1e-5);
}

TEST_CASE("a batch of another shape is refused") {
  Graph graph = test::spiking_mlp();
  Batch batch{1, 1, {3}, {0, 0, 0}};
  CHECK_THROWS_AS(make_torch_engine(graph)->run(batch), Error);
  CHECK_THROWS_AS(make_torch_engine(graph, {"nowhere", 0}), Error);
}

}  // namespace
}  // namespace nc
