// Calibration on data: what it may change, that the corrections bring a
// quantised network nearer to its ANN, and that the result depends on nothing
// but its inputs.
#include "passes/calibrate.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "ir/listing.h"
#include "passes/fold_batchnorm.h"
#include "passes/fold_scales.h"
#include "passes/torch/own_layer.h"
#include "passes/weighted.h"
#include "test/support/compare.h"
#include "test/support/sample_graphs.h"

namespace nc {
namespace {

CalibrationOptions options_for(int64_t timesteps, bool weight_correction) {
  CalibrationOptions options;
  options.timesteps = timesteps;
  options.weight_correction = weight_correction;
  options.bias_correction = weight_correction;
  return options;
}

double squared_error(const Graph& ann, const Graph& calibrated,
                     const Batch& batch) {
  std::vector<double> wanted = make_reference_engine(ann)->run(batch).values;
  std::vector<double> found =
      make_reference_engine(calibrated)->run(batch).values;
  double sum = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    sum += (wanted[i] - found[i]) * (wanted[i] - found[i]);
  }
  return sum;
}

Tensor weights_of(const Graph& graph, const std::string& name) {
  return weighted(graph.at(name).op)->weight;
}

double largest_change(const Graph& a, const Graph& b, const std::string& name) {
  std::vector<double> before = weights_of(a, name).to_doubles();
  std::vector<double> after = weights_of(b, name).to_doubles();
  double most = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    most = std::max(most, std::abs(before[i] - after[i]));
  }
  return most;
}

// Grouped and one-dimensional convolutions, a clip, layers that two nodes read.
Graph odd_ann() {
  return parse_listing(R"snn(snn odd
  in    = input(shape=[4, 12])
  conv1 = conv1d(weight=f32[4, 4, 3]{~1}, stride=[1], padding=[1]) <- in
  act1  = clip(low=0, high=1.5) <- conv1
  conv2 = conv1d(weight=f32[6, 2, 3]{~2}, bias=f32[6]{~3}, stride=[2], padding=[1], groups=2) <- act1
  act2  = relu() <- conv2
  both  = conv1d(weight=f32[6, 6, 1]{~4}, stride=[1], padding=[0]) <- act2
  act3  = relu() <- both
  act4  = relu() <- both, conv2
  flat  = flatten() <- act3, act4
  fc    = affine(weight=f32[3, 36]{~5}) <- flat
  out   = output() <- fc
)snn");
}

TEST_CASE("weight correction brings the output nearer to the ANN's") {
  for (const Graph& graph : {test::small_ann(), odd_ann()}) {
    for (int64_t timesteps : {1, 2, 4}) {
      INFO(graph.name << ", T = " << timesteps);
      Batch batch = test::random_batch(graph, 200, 1);
      Graph plain = calibrate(graph, batch, options_for(timesteps, false), {});
      Graph corrected =
          calibrate(graph, batch, options_for(timesteps, true), {});
      CHECK(squared_error(graph, corrected, batch) <
            squared_error(graph, plain, batch));
    }
  }
}

TEST_CASE("on data that calibration has not seen as well") {
  Graph graph = test::small_ann();
  Batch batch = test::random_batch(graph, 200, 1);
  Batch unseen = test::random_batch(graph, 100, 2);
  Graph plain = calibrate(graph, batch, options_for(2, false), {});
  Graph corrected = calibrate(graph, batch, options_for(2, true), {});
  CHECK(squared_error(graph, corrected, unseen) <
        squared_error(graph, plain, unseen));
}

TEST_CASE("the same data give the same calibration") {
  for (Schedule schedule : {Schedule::exact, Schedule::causal}) {
    Graph graph = test::small_ann();
    Batch batch = test::random_batch(graph, 50, 3);
    CalibrationOptions options = options_for(4, true);
    options.schedule = schedule;
    CHECK(listing(calibrate(graph, batch, options, {})) ==
          listing(calibrate(graph, batch, options, {})));
  }
}

TEST_CASE("a layer whose input is not quantised keeps its weights") {
  Graph graph = test::small_ann();
  Batch batch = test::random_batch(graph, 50, 4);
  Graph result = calibrate(graph, batch, options_for(4, true), {});
  CHECK(largest_change(graph, result, "conv1") == 0);
  CHECK(largest_change(graph, result, "conv2") > 0);
  CHECK(largest_change(graph, result, "fc") > 0);
}

TEST_CASE("without weight correction no weight changes") {
  Graph graph = test::small_ann();
  Batch batch = test::random_batch(graph, 50, 5);
  Graph result = calibrate(graph, batch, options_for(4, false), {});
  for (std::string name : {"conv1", "conv2", "fc"}) {
    CHECK(largest_change(graph, result, name) == 0);
  }
}

TEST_CASE("a layer that two activations share keeps its weights") {
  Graph graph = odd_ann();
  Batch batch = test::random_batch(graph, 50, 6);
  Graph result = calibrate(graph, batch, options_for(2, true), {});
  CHECK(largest_change(graph, result, "both") == 0);
  CHECK(largest_change(graph, result, "conv2") == 0);
  CHECK(largest_change(graph, result, "fc") > 0);
}

TEST_CASE("the finer the activations, the smaller the change") {
  Graph graph = test::small_ann();
  Batch batch = test::random_batch(graph, 200, 7);
  Graph coarse = calibrate(graph, batch, options_for(2, true), {});
  Graph fine = calibrate(graph, batch, options_for(256, true), {});
  for (std::string name : {"conv2", "fc"}) {
    CHECK(largest_change(graph, fine, name) <
          0.1 * largest_change(graph, coarse, name));
  }
}

std::string norm_net(const std::string& gamma) {
  return R"snn(snn norm
  in    = input(shape=[4])
  fc1   = affine(weight=f32[5, 4]{~1}) <- in
  act1  = relu() <- fc1
  fc2   = affine(weight=f32[3, 5]{~2}, bias=f32[3]{~3}) <- act1
  norm  = batch_norm(weight=f32[3]{)snn" +
         gamma +
         R"snn(}, bias=f32[3]{*0.5}, mean=f32[3]{*0.1}, variance=f32[3]{*2}, epsilon=1e-05) <- fc2
  act2  = relu() <- norm
  fc3   = affine(weight=f32[2, 3]{~7}) <- act2
  out   = output() <- fc3
)snn";
}

TEST_CASE("batch norms between layer and activation make no difference") {
  Graph graph = parse_listing(norm_net("0.5, -1, 2"));
  Batch batch = test::random_batch(graph, 100, 8);
  Graph folded = fold_scales(fold_batchnorm(graph));
  CalibrationOptions options = options_for(2, true);
  Outputs apart =
      make_reference_engine(calibrate(graph, batch, options, {}))->run(batch);
  Outputs merged =
      make_reference_engine(calibrate(folded, batch, options, {}))->run(batch);
  CHECK(test::difference(apart, merged) < 1e-3);
}

TEST_CASE("a channel that a batch norm switches off stays as it is") {
  Graph graph = parse_listing(norm_net("0.5, 0, 1e-12"));
  Batch batch = test::random_batch(graph, 100, 9);
  Graph result = calibrate(graph, batch, options_for(2, true), {});
  std::vector<double> before = weights_of(graph, "fc2").to_doubles();
  std::vector<double> after = weights_of(result, "fc2").to_doubles();
  CHECK(!std::equal(before.begin(), before.begin() + 5, after.begin()));
  for (size_t i = 5; i < 15; ++i) CHECK(before[i] == after[i]);
}

TEST_CASE("an activation's own layer, with what stands between") {
  Graph graph = parse_listing(norm_net("0.5, -1, 2"));
  auto layer = own_layer(graph, graph.at("act2"));
  REQUIRE(layer);
  CHECK(graph.nodes[layer->node].name == "fc2");
  CHECK(layer->gain[1] == Approx(-1 / std::sqrt(2 + 1e-5)));
  CHECK(own_layer(graph, graph.output())->gain == std::vector<double>(2, 1));

  Graph odd = odd_ann();
  CHECK(!own_layer(odd, odd.at("act2")));
  CHECK(!own_layer(odd, odd.at("act3")));
  Graph small = test::small_ann();
  auto beside_skip = own_layer(small, small.at("relu2"));
  REQUIRE(beside_skip);
  CHECK(small.nodes[beside_skip->node].name == "conv2");
}

}  // namespace
}  // namespace nc
