#include "test/support/loihi_net.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "backends/loihi/engine.h"
#include "runtime/reference.h"

namespace nc::test {

Batch batch_for(const Graph& graph, int64_t samples, int64_t steps, int seed) {
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

namespace {

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

}  // namespace

Outputs run_loihi(const Graph& graph, const Batch& batch, int threads) {
  return make_loihi_engine(graph, threads)->run(batch, kAll);
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

Outputs check_equal(const Graph& graph, int64_t steps) {
  Batch batch = batch_for(graph, 4, steps);
  Outputs loihi = run_loihi(graph, batch);
  Outputs reference = make_reference_engine(graph)->run(batch, kAll);
  require_equal(loihi, reference);
  for (const LayerCount& layer : loihi.layers) CHECK(layer.spikes > 0);
  return loihi;
}

void check_exact(const Graph& graph, int64_t steps) {
  CHECK(check_equal(graph, steps).warnings == std::vector<std::string>{});
}

Graph loihi_mlp() {
  Net net({20});
  net.add("fc1", net.affine(20, 16)).add("if1", net.fires(16, 2000, 6000));
  net.add("fc2", net.affine(16, 12)).add("if2", net.fires(12));
  return net.add("fc3", net.affine(12, 5)).finish();
}

Graph loihi_residual(int seed) {
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

}  // namespace nc::test
