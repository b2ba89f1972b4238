// What the conversion promises, checked on random small networks: the closed
// form of one neuron, and that the exact schedule is the quantised ANN.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "ir/listing.h"
#include "passes/fold_scales.h"
#include "passes/lower_pools.h"
#include "passes/quantize.h"
#include "passes/quantize_input.h"
#include "passes/remove_identities.h"
#include "passes/run.h"
#include "passes/sink_scales.h"
#include "passes/spike_activations.h"
#include "runtime/evaluate.h"
#include "test/support/compare.h"

namespace nc {
namespace {

Graph spiking(Graph graph, const NeuronKind& kind, int64_t timesteps,
              Schedule schedule, bool integers) {
  graph.run.range = {-1, 1, false};
  std::vector<Pass> passes = {{"spike-activations",
                               [&](Graph g) {
                                 return spike_activations(std::move(g), kind,
                                                          timesteps, schedule);
                               }},
                              {"lower-pools", lower_pools}};
  if (integers) {
    passes.push_back({"quantize-input",
                      [](Graph g) { return quantize_input(std::move(g)); }});
  }
  passes.push_back({"sink-scales", sink_scales});
  passes.push_back({"fold-scales", fold_scales});
  passes.push_back({"remove-identities", remove_identities});
  if (integers) {
    passes.push_back(
        {"quantize", [](Graph g) { return quantize(std::move(g)); }});
  }
  return run_passes(std::move(graph), passes);
}

// A network with most of what stands between neurons; `seed` for weights.
Graph residual_ann(int seed, int64_t levels) {
  auto tilde = [&](int i) {
    return "{~" + std::to_string(seed * 10 + i) + "}";
  };
  std::string act = ", levels=" + std::to_string(levels) + ") <- ";
  return parse_listing(
      "snn t\n"
      "  in = input(shape=[2, 6, 6])\n"
      "  conv = conv2d(weight=f32[4, 2, 3, 3]" +
      tilde(1) + ", bias=f32[4]" + tilde(2) +
      ", stride=[1, 1], padding=[1, 1]) <- in\n"
      "  a = qcfs(threshold=f32[4]{0.5, 1, 2, 1.5}" +
      act +
      "conv\n"
      "  pool = avg_pool(kernel=[2, 2], stride=[2, 2], padding=[0, 0]) <- a\n"
      "  c1 = conv2d(weight=f32[4, 4, 3, 3]" +
      tilde(3) +
      ", stride=[1, 1], padding=[1, 1]) <- pool\n"
      "  b = qcfs(threshold=f32[4]{1, 1.25, 0.75, 2}" +
      act +
      "c1\n"
      "  c2 = conv2d(weight=f32[4, 2, 1, 1]" +
      tilde(4) + ", bias=f32[4]" + tilde(5) +
      ", stride=[1, 1], padding=[0, 0], groups=2) <- b\n"
      "  c = qcfs(threshold=f32[4]{1, 1, 2, 1}" +
      act +
      "pool, c2\n"
      "  low = slice(axis=0, start=0, stop=2) <- c\n"
      "  wide = pad(before=[1, 0, 0], after=[1, 0, 0]) <- low\n"
      "  c3 = conv2d(weight=f32[4, 4, 3, 3]" +
      tilde(6) +
      ", stride=[1, 1], padding=[1, 1]) <- c\n"
      "  d = qcfs(threshold=f32[4]{1, 2, 1, 2}" +
      act +
      "wide, c3\n"
      "  both = concat(axis=0) <- d, c\n"
      "  flat = flatten() <- both\n"
      "  fc = affine(weight=f32[5, 72]" +
      tilde(7) + ", bias=f32[5]" + tilde(8) +
      ") <- flat\n"
      "  out = output() <- fc\n");
}

// The integer network read as the QCFS-quantised ANN: one pass in double, where
// an activation is n / L, n = clip(floor(z L / theta + 1/2), 0, L). With L a
// power of two every number in it is exact, ties included.
std::map<std::string, std::vector<double>> qcfs_levels(const Graph& snn,
                                                       const Batch& batch) {
  Evaluator<double> evaluator(snn);
  double levels = static_cast<double>(snn.run.timesteps);
  std::vector<std::vector<double>> values(snn.nodes.size());
  std::map<std::string, std::vector<double>> result;
  for (size_t i = 0; i < snn.nodes.size(); ++i) {
    const Node& node = snn.nodes[i];
    std::vector<const std::vector<double>*> inputs;
    for (const std::string& input : node.inputs) {
      inputs.push_back(&values[index_of(snn, input)]);
    }
    if (inputs.empty()) {
      values[i].assign(batch.values.begin(), batch.values.end());
    } else if (const Neuron* neuron = as_neuron(node.op)) {
      std::vector<double> z = Evaluator<double>::sum(inputs);
      std::vector<double> theta = neuron->threshold.to_doubles();
      for (size_t k = 0; k < z.size(); ++k) {
        double t = theta[k / (z.size() / theta.size())];
        double n = std::clamp(std::floor(z[k] * levels / t + 0.5), 0.0, levels);
        result[node.name].push_back(n);
        z[k] = n / levels;
      }
      values[i] = z;
    } else {
      values[i] = evaluator.evaluate(i, inputs, 1);
    }
  }
  return result;
}

TEST_CASE("one neuron with constant current follows the closed form") {
  for (int64_t timesteps : {1, 4, 7, 16}) {
    for (int64_t theta : {1, 2, 7, 100}) {
      for (int64_t z : {-50, -1, 0, 1, 3, 6, 7, 50, 99, 100, 250}) {
        std::string text =
            "snn t T=" + std::to_string(timesteps) +
            "\n  in = input(shape=[1], step=1, low=-300, high=300)\n"
            "  n = if(threshold=i16[1]{" +
            std::to_string(theta) + "}) <- in\n  out = output() <- n\n";
        Graph graph = parse_listing(text);
        Batch batch{1, 1, {1}, {static_cast<float>(z)}};
        Outputs causal = make_reference_engine(graph)->run(batch);
        graph.run.schedule = Schedule::exact;
        Outputs exact = make_reference_engine(graph)->run(batch);
        int64_t twice = 2 * timesteps * z + theta;
        int64_t closed = std::clamp<int64_t>(
            twice < 0 ? 0 : twice / (2 * theta), 0, timesteps);
        CHECK(causal.layers[0].spikes == closed);
        CHECK(exact.layers[0].spikes == closed);
      }
    }
  }
}

TEST_CASE("the exact schedule equals the QCFS-quantised network, L = T") {
  for (int seed = 1; seed <= 4; ++seed) {
    for (int64_t timesteps : {4, 8}) {
      Graph snn = spiking(residual_ann(seed, timesteps), {}, timesteps,
                          Schedule::exact, true);
      Batch batch = test::random_batch(snn, 1, static_cast<unsigned>(seed));
      Outputs outputs =
          make_reference_engine(snn)->run(batch, {.spikes = true});
      for (const auto& [layer, wanted] : qcfs_levels(snn, batch)) {
        const std::vector<int32_t>& found = outputs.trains.at(layer).spikes;
        INFO(layer << " seed " << seed << " T " << timesteps);
        CHECK(std::vector<double>(found.begin(), found.end()) == wanted);
      }
    }
  }
}

TEST_CASE("the float network under the exact schedule is the QCFS network") {
  for (int seed = 1; seed <= 3; ++seed) {
    Graph ann = residual_ann(seed, 8);
    Graph snn = spiking(ann, {}, 8, Schedule::exact, false);
    Batch batch = test::random_batch(ann, 3, static_cast<unsigned>(seed));
    double differs = test::difference(make_reference_engine(ann)->run(batch),
                                      make_reference_engine(snn)->run(batch));
    CHECK(differs < 1e-5);
  }
}

TEST_CASE("integers stay close to the float network") {
  for (int seed = 1; seed <= 3; ++seed) {
    Graph snn = spiking(residual_ann(seed, 16), {}, 16, Schedule::exact, false);
    Graph integer =
        spiking(residual_ann(seed, 16), {}, 16, Schedule::exact, true);
    Batch batch = test::random_batch(snn, 3, static_cast<unsigned>(seed));
    Batch stored = batch;
    for (float& value : stored.values) value = std::round(value * 127);
    CHECK(test::difference(make_reference_engine(snn)->run(batch),
                           make_reference_engine(integer)->run(stored)) < 0.1);
  }
}

TEST_CASE("results do not depend on the number of threads") {
  Graph snn = spiking(residual_ann(2, 4), {true, 1}, 4, Schedule::causal, true);
  Batch batch = test::random_batch(snn, 7, 3);
  Outputs one = make_reference_engine(snn, 1)->run(batch, {.spikes = true});
  Outputs three = make_reference_engine(snn, 3)->run(batch, {.spikes = true});
  CHECK(test::different_spikes(one, three) == 0);
  CHECK(one.values == three.values);
}

}  // namespace
}  // namespace nc
