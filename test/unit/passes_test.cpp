#include <catch2/catch.hpp>

#include "ir/error.h"
#include "ir/listing.h"
#include "passes/fold_batchnorm.h"
#include "passes/fold_preprocessing.h"
#include "passes/fold_scales.h"
#include "passes/lower_pools.h"
#include "passes/place_max_pools.h"
#include "passes/quantize.h"
#include "passes/quantize_input.h"
#include "passes/remove_identities.h"
#include "passes/run.h"
#include "passes/sink_scales.h"
#include "passes/spike_activations.h"
#include "passes/store_probe.h"
#include "test/support/compare.h"
#include "test/support/sample_graphs.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using test::difference;

std::string kinds(const Graph& graph) {
  std::string text;
  for (const Node& node : graph.nodes) text += kind_of(node.op) + " ";
  return text;
}

Graph folded(Graph graph) {
  return run_passes(std::move(graph),
                    {{"fold-preprocessing", fold_preprocessing},
                     {"fold-batchnorm", fold_batchnorm},
                     {"fold-scales", fold_scales},
                     {"remove-identities", remove_identities}});
}

const char* const kConvNorm = R"(snn t
  in = input(shape=[2, 5, 5])
  conv = conv2d(weight=f32[3, 2, 3, 3]{~1}, stride=[1, 1], padding=[1, 1]) <- in
  bn = batch_norm(weight=f32[3]{0.5, -2, 1}, bias=f32[3]{1, 0, -1}, mean=f32[3]{0.1, 0.2, 0.3}, variance=f32[3]{1, 2, 0.5}, epsilon=1e-5) <- conv
  relu = relu() <- bn
  out = output() <- relu
)";

TEST_CASE("batch norm folds into the convolution before it") {
  Graph before = parse_listing(kConvNorm);
  Graph after = folded(before);
  CHECK(kinds(after) == "input conv2d relu output ");
  CHECK(difference(before, after) < 1e-6);
  CHECK(to_string(std::get<Conv2d>(after.at("conv").op).bias.shape()) == "[3]");
}

TEST_CASE("folding twice changes nothing more") {
  Graph once = folded(parse_listing(kConvNorm));
  CHECK(listing(folded(once)) == listing(once));
}

TEST_CASE("batch norm behind a convolution that others read stays a scale") {
  Graph before = parse_listing(R"(snn t
  in = input(shape=[2, 5, 5])
  conv = conv2d(weight=f32[2, 2, 3, 3]{~1}, stride=[1, 1], padding=[1, 1]) <- in
  bn = batch_norm(mean=f32[2]{0.1, 0.2}, variance=f32[2]{1, 2}, epsilon=1e-5) <- conv
  relu = relu() <- bn, conv
  out = output() <- relu
)");
  Graph after = folded(before);
  CHECK(kinds(after) == "input conv2d scale relu output ");
  CHECK(difference(before, after) < 1e-6);
}

TEST_CASE("preprocessing goes through zero padding exactly") {
  Graph graph = parse_listing(kConvNorm);
  graph.run.preprocessing = {1.0 / 255, {0.4, 0.5}, {0.2, 0.3}};
  Graph after = folded(graph);
  CHECK(kinds(after) == "input conv2d relu output ");
  CHECK(std::get<Conv2d>(after.at("conv").op).bias.shape() == Shape{3, 5, 5});
  Batch stored = test::random_batch(after, 2, 5);
  Batch given = stored;
  for (size_t i = 0; i < given.values.size(); ++i) {
    size_t c = i / 25 % 2;
    given.values[i] = static_cast<float>(
        (stored.values[i] / 255 - graph.run.preprocessing.mean[c]) /
        graph.run.preprocessing.std[c]);
  }
  graph.run.preprocessing = {};
  CHECK(difference(make_reference_engine(graph)->run(given),
                   make_reference_engine(after)->run(stored)) < 1e-5);
}

TEST_CASE("preprocessing for another number of channels is refused") {
  Graph graph = parse_listing(kConvNorm);
  graph.run.preprocessing = {1, {0, 0, 0}, {1, 1, 1}};
  CHECK_THROWS_WITH(fold_preprocessing(graph), Contains("expected 1 or 2"));
}

TEST_CASE("a whole ANN keeps its function when it is folded") {
  Graph before = test::small_ann();
  CHECK(difference(before, folded(before)) < 1e-5);
}

const char* const kPools = R"(snn t
  in = input(shape=[2, 7, 7])
  ceil = avg_pool(kernel=[3, 3], stride=[2, 2], padding=[1, 1], ceil_mode=true, count_include_pad=false) <- in
  whole = avg_pool(kernel=[2, 2], stride=[2, 2], padding=[0, 0]) <- ceil
  one = adaptive_avg_pool(output_size=[1, 1]) <- whole
  out = output() <- one
)";

TEST_CASE("average pools become sums and scales") {
  Graph before = parse_listing(kPools);
  Graph after = lower_pools(before);
  CHECK(kinds(after) ==
        "input sum_pool scale sum_pool scale sum_pool scale output ");
  CHECK(difference(before, after) < 1e-6);
}

TEST_CASE("an adaptive pool with unequal windows is refused by name") {
  Graph graph = parse_listing(R"(snn t
  in = input(shape=[1, 7, 7])
  odd = adaptive_avg_pool(output_size=[2, 2]) <- in
  out = output() <- odd
)");
  CHECK_THROWS_WITH(lower_pools(graph), Contains("'odd'"));
}

TEST_CASE("scales sink through everything that commutes with them") {
  Graph before = parse_listing(R"(snn t
  in = input(shape=[2, 4, 4])
  a = scale(weight=f32[2]{2, 3}) <- in
  pool = sum_pool(kernel=[2, 2], stride=[2, 2], padding=[0, 0]) <- a
  turn = permute(order=[1, 2, 0]) <- pool
  back = permute(order=[2, 0, 1]) <- turn
  part = slice(axis=0, start=1, stop=2) <- back
  wide = pad(before=[1, 0, 0], after=[0, 0, 0]) <- part
  both = concat(axis=0) <- wide, pool
  flat = flatten() <- both
  fc = affine(weight=f32[3, 16]{~4}) <- flat
  out = output() <- fc
)");
  Graph after = fold_scales(sink_scales(before));
  CHECK(kinds(after) ==
        "input sum_pool permute permute slice pad concat flatten affine "
        "output ");
  CHECK(difference(before, after) < 1e-6);
}

TEST_CASE("identities go, sums stay") {
  Graph graph = parse_listing(R"(snn t
  in = input(shape=[2, 4, 4])
  a = scale(weight=f32[1]{1}) <- in
  b = reshape(shape=[2, 4, 4]) <- a
  c = permute(order=[0, 1, 2]) <- b
  d = slice(axis=1, start=0, stop=4) <- c
  e = pad(before=[0, 0, 0], after=[0, 0, 0]) <- d
  sum = scale(weight=f32[1]{1}) <- e, in
  out = output() <- sum
)");
  CHECK(kinds(remove_identities(graph)) == "input scale output ");
}

const char* const kMaxPool = R"(snn t
  in = input(shape=[1, 4, 4])
  conv = conv2d(weight=f32[2, 1, 3, 3]{~3}, stride=[1, 1], padding=[1, 1]) <- in
  act = qcfs(threshold=f32[2]{1, 2}, levels=4) <- conv
  pool = max_pool(kernel=[2, 2], stride=[2, 2], padding=[0, 0], dilation=[1, 1]) <- act
  conv2 = conv2d(weight=f32[2, 2, 1, 1]{~3}, stride=[1, 1], padding=[0, 0]) <- pool
  act2 = qcfs(threshold=f32[2]{1, 2}, levels=4) <- conv2
  pool2 = max_pool(kernel=[2, 2], stride=[2, 2], padding=[0, 0], dilation=[1, 1]) <- act2
  out = output() <- pool2
)";

TEST_CASE("a max pool moves in front of the activation") {
  Graph before = parse_listing(kMaxPool);
  Graph after = place_max_pools(before, MaxPools::move, Schedule::exact);
  CHECK(kinds(after) ==
        "input conv2d max_pool qcfs conv2d max_pool qcfs output ");
  CHECK(difference(before, after) == 0);
}

TEST_CASE("a max pool between spikes is refused under a causal schedule") {
  Graph graph = parse_listing(kMaxPool);
  CHECK_THROWS_WITH(place_max_pools(graph, MaxPools::move, Schedule::causal),
                    Contains("'pool2'") && Contains("--max-pool=average"));
  Graph averaged = place_max_pools(graph, MaxPools::average, Schedule::causal);
  CHECK(kinds(averaged) ==
        "input conv2d qcfs avg_pool conv2d qcfs avg_pool output ");
}

TEST_CASE("activations without a threshold or spiking form are refused") {
  for (std::string op : {"relu()", "clip(low=0, high=6)", "silu()", "tanh()",
                         "leaky_relu(slope=0.1)", "gelu()", "sigmoid()"}) {
    Graph graph =
        parse_listing("snn t\n  in = input(shape=[2])\n  act = " + op +
                      " <- in\n  out = output() <- act\n");
    CHECK_THROWS_WITH(
        spike_activations(graph, NeuronKind{}, 4, Schedule::causal),
        Contains("'act'"));
  }
}

TEST_CASE("the range of the input must be known to quantise it") {
  Graph graph = parse_listing(kConvNorm);
  CHECK_THROWS_WITH(quantize_input(graph), Contains("range"));
  graph.run.range = {-2, 1, false};
  const Input input = std::get<Input>(quantize_input(graph).input().op);
  CHECK(input.low == -127);
  CHECK(input.high == 127);
  CHECK(input.step == Approx(2.0 / 127));
}

TEST_CASE("a stored probe is reproduced, and shaped as the input") {
  Graph graph = test::spiking_conv_net();
  graph.run.probe = {};
  Graph with = store_probe(graph, random_probe(graph, 3));
  Outputs again =
      make_reference_engine(with)->run(probe_batch(with), {.spikes = true});
  CHECK(spike_hashes(again) == with.run.probe.spikes);
  CHECK(with.run.probe.spikes.size() == again.layers.size());
}

TEST_CASE("a pass that breaks a graph is blamed by name") {
  Pass breaks = {"breaks", [](Graph graph) {
                   graph.nodes.pop_back();
                   return graph;
                 }};
  CHECK_THROWS_WITH(run_passes(parse_listing(kPools), {breaks}),
                    Contains("'breaks'"));
}

}  // namespace
}  // namespace nc
