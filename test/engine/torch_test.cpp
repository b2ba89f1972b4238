// The torch engine against the reference engine: equal spikes on quantised
// graphs, equal values up to f32 on others.
#include <catch2/catch.hpp>

#include "ir/error.h"
#include "ir/listing.h"
#include "runtime/torch/engine.h"
#include "test/support/compare.h"
#include "test/support/engine_cases.h"
#include "test/support/sample_graphs.h"

namespace nc {
namespace {

void check_equal(const Graph& graph, unsigned seed) {
  CHECK(test::differences(*make_torch_engine(graph), graph, 5, seed) == "");
}

TEST_CASE("every quantised network gives the reference's spikes") {
  for (const test::EngineCase& each : test::engine_cases()) {
    INFO(each.name);
    check_equal(each.graph, 1);
  }
  for (const test::EngineCase& each : test::window_cases()) {
    INFO(each.name);
    check_equal(each.graph, 2);
  }
}

TEST_CASE("strict thresholds and delays are the reference's") {
  for (const test::EngineCase& each : test::uncommon_cases()) {
    INFO(each.name);
    check_equal(each.graph, 3);
    auto engine = make_torch_engine(each.graph);
    CHECK(test::differences(*engine, each.graph, 2, 4, true) == "");
  }
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

TEST_CASE("a leak is exact where membranes still fit f32") {
  check_equal(parse_listing(R"(snn t T=6
  in = input(shape=[3], step=1, low=0, high=199)
  a = affine(weight=i16[4, 3]{7919, 3, -2003, 5501, 701, 1, 1, 2003, 3001, -1, 77, 6007}) <- in
  n = lif(threshold=i32[1]{8000001}, decay=i16[4]{4095, 4093, 3571, 4001}) <- a
  out = output() <- n
)"),
              6);
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
