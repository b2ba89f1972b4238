// The CPU engine against the reference engine: equal spikes, membranes,
// outputs and counts for any number of threads, any cut into batches and
// windows, either path, and (by the environment, see test/CMakeLists.txt, and
// below) any instruction set.
#include <hwy/targets.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "ir/error.h"
#include "ir/listing.h"
#include "runtime/cpu/engine.h"
#include "runtime/cpu/stream.h"
#include "test/support/compare.h"
#include "test/support/engine_cases.h"
#include "test/support/sample_graphs.h"

namespace nc {
namespace {

std::vector<test::EngineCase> all_cases() {
  std::vector<test::EngineCase> cases = test::engine_cases();
  for (test::EngineCase& each : test::window_cases()) {
    cases.push_back(std::move(each));
  }
  return cases;
}

void check_all(const CpuEngineOptions& options, int64_t samples) {
  for (const test::EngineCase& each : all_cases()) {
    INFO(each.name);
    auto engine = make_cpu_engine(each.graph, options);
    CHECK(test::differences(*engine, each.graph, samples, 1) == "");
    CHECK(test::differences(*engine, each.graph, samples, 2, true) == "");
  }
}

TEST_CASE("the dense path gives the reference's spikes") {
  check_all({.threads = 1, .path = PathPolicy::dense}, 5);
}

TEST_CASE("the event-driven path gives the reference's spikes") {
  check_all({.threads = 1, .path = PathPolicy::events}, 5);
}

TEST_CASE("the event-driven path on every instruction set of this machine") {
  for (int64_t target : hwy::SupportedAndGeneratedTargets()) {
    INFO(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    check_all({.threads = 1, .path = PathPolicy::events}, 2);
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST_CASE("threads do not change the result, with many samples or one") {
  for (PathPolicy path : {PathPolicy::dense, PathPolicy::events}) {
    check_all({.threads = 3, .path = path}, 7);
    check_all({.threads = 3, .path = path}, 1);
  }
}

// Each run has new threads, which must not need what oneDNN keeps per thread.
TEST_CASE("threads come and go without changing the result") {
  for (const test::EngineCase& each : test::window_cases()) {
    INFO(each.name);
    auto engine = make_cpu_engine(each.graph, {.threads = 3});
    for (unsigned seed : {1u, 2u, 3u, 4u}) {
      CHECK(test::differences(*engine, each.graph, 5, seed) == "");
    }
  }
}

TEST_CASE("little memory means short windows and the same result") {
  check_all({.threads = 2, .memory = 1}, 3);
}

TEST_CASE("batches of all sizes, one after the other") {
  Graph graph = test::spiking_conv_net();
  auto engine = make_cpu_engine(graph, {.threads = 2});
  for (int64_t samples : {1, 9, 2, 40, 3}) {
    CHECK(test::differences(*engine, graph, samples, 3) == "");
  }
}

TEST_CASE("an ANN gives the reference's values up to f32") {
  Graph graph = test::small_ann();
  Batch batch = test::random_batch(graph, 4, 6);
  auto engine = make_cpu_engine(graph, {.threads = 2});
  CHECK(test::difference(make_reference_engine(graph)->run(batch),
                         engine->run(batch)) < 1e-5);
}

TEST_CASE("a stream gives step by step what a run gives at once") {
  for (const test::EngineCase& each : test::engine_cases()) {
    if (each.graph.run.schedule == Schedule::exact) continue;
    INFO(each.name);
    int64_t steps = each.graph.run.timesteps;
    Batch batch = test::random_batch(each.graph, steps, 7);
    batch.samples = 1;
    batch.steps = steps;
    Outputs wanted =
        make_reference_engine(each.graph)->run(batch, {.by_step = true});
    SpikeStream stream(each.graph, 2);
    size_t size = batch.values.size() / static_cast<size_t>(steps);
    for (int round = 0; round < 2; ++round) {
      std::vector<double> sum(wanted.values.size());
      for (size_t t = 0; t < static_cast<size_t>(steps); ++t) {
        auto first =
            batch.values.begin() + static_cast<std::ptrdiff_t>(t * size);
        std::vector<double> now =
            stream.step({first, first + static_cast<std::ptrdiff_t>(size)});
        bool last = each.graph.run.readout == Readout::membrane;
        for (size_t i = 0; i < sum.size(); ++i) {
          sum[i] = last ? now[i] : sum[i] + now[i];
          double steps_read = last ? 1 : static_cast<double>(t + 1);
          double all = wanted.by_step[t * sum.size() + i] * steps_read;
          // In units of the output's scale both are integers.
          double scale = std::get<Output>(each.graph.output().op).scale;
          CHECK(std::llround(sum[i] / scale) == std::llround(all / scale));
        }
      }
      stream.reset();
    }
  }
}

TEST_CASE("a stream of the exact schedule is refused") {
  Graph graph = test::spiking_mlp();
  graph.run.schedule = Schedule::exact;
  CHECK_THROWS_WITH(SpikeStream(graph), Catch::Contains("exact"));
}

TEST_CASE("sums of more than 31 bits are refused by node") {
  Graph graph = parse_listing(R"(snn t T=4
  in = input(shape=[1], step=1, low=0, high=200)
  a = affine(weight=i32[1, 1]{90000001}) <- in
  n = if(threshold=i32[1]{100000001}) <- a
  out = output() <- n
)");
  CHECK_THROWS_WITH(
      make_cpu_engine(graph, {}),
      Catch::Contains("node 'a'") && Catch::Contains("--engine reference"));
}

TEST_CASE("what the engine does not hold is refused by node") {
  auto refusal = [](const std::string& nodes) -> std::string {
    std::string head =
        "snn t T=4\n  in = input(shape=[2], step=1, low=-9, "
        "high=9)\n";
    try {
      make_cpu_engine(parse_listing(head + nodes), {});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  CHECK_THAT(refusal("  r = relu() <- in\n  n = if(threshold=i8[1]{5}) <- r\n"
                     "  out = output() <- n\n"),
             Catch::Contains("node 'r'") && Catch::Contains("relu"));
  CHECK_THAT(refusal("  a = affine(weight=i8[1, 1]{1}) <- @out\n  b = "
                     "affine(weight=i8[1, 2]{1, 1}) <- in\n  n = "
                     "if(threshold=i8[1]{5}) <- b, a\n  out = output() <- n\n"),
             Catch::Contains("node 'a'") && Catch::Contains("output"));
  CHECK_THAT(
      refusal("  n = if(threshold=i8[1]{5}) <- in\n"
              "  v = li(decay=i16[1]{-4096}) <- n\n  out = output() <- v\n"),
      Catch::Contains("node 'v'") && Catch::Contains("decay"));
  CHECK_THAT(refusal("  n = if(threshold=i8[1]{5}, strict=true) <- in\n"
                     "  out = output() <- n\n"),
             Catch::Contains("node 'n'") && Catch::Contains("v >= threshold"));
  CHECK_THAT(refusal("  n = if(threshold=i8[1]{5}) <- in\n"
                     "  d = delay(steps=i8[1]{2}) <- n\n"
                     "  out = output() <- d\n"),
             Catch::Contains("node 'd'") && Catch::Contains("delay"));
}

TEST_CASE("a layer that nobody reads changes nothing") {
  Graph graph = parse_listing(R"(snn t T=4
  in = input(shape=[2], step=1, low=0, high=9)
  n = if(threshold=i8[1]{5}) <- in
  dead = affine(weight=i8[1, 2]{1, 1}) <- n
  out = output() <- n
)");
  CHECK(test::differences(*make_cpu_engine(graph, {}), graph, 3, 1) == "");
}

TEST_CASE("weights whose sum oneDNN would round are refused") {
  Graph graph = parse_listing(R"(snn t T=1
  in = input(shape=[200000], step=1, low=0, high=1)
  fc = affine(weight=i8[1, 200000]{*127}) <- in
  n = if(threshold=i32[1]{25399873}) <- fc
  out = output() <- n
)");
  CHECK_THROWS_WITH(make_cpu_engine(graph, {}), Catch::Contains("node 'fc'"));
}

TEST_CASE("counts of large payloads and long runs are exact") {
  Graph graph = parse_listing(R"(snn t T=16
  in = input(shape=[40], step=1, low=0, high=16000000)
  n = if(threshold=i32[1]{1}, levels=24) <- in
  out = output() <- n
)");
  CHECK(test::differences(*make_cpu_engine(graph, {}), graph, 3, 1) == "");
}

TEST_CASE("a readout whose parts wrap around 32 bits is exact") {
  Graph graph = parse_listing(R"(snn t T=2
  in = input(shape=[1], step=1, low=100, high=101)
  n = if(threshold=i8[1]{5}) <- in
  a = affine(weight=i32[1, 1]{-7158278}, bias=i32[1]{715827900}) <- in
  b = affine(weight=i32[1, 1]{-7158278}, bias=i32[1]{715827900}) <- in
  c = affine(weight=i32[1, 1]{-7158278}, bias=i32[1]{715827900}) <- in
  out = output() <- a, b, c, n
)");
  for (unsigned seed : {1u, 2u, 3u}) {
    auto engine = make_cpu_engine(graph, {});
    CHECK(test::differences(*engine, graph, 9, seed, true) == "");
    CHECK(test::differences(*engine, graph, 9, seed) == "");
  }
}

TEST_CASE("no samples give no outputs, and a failed run leaves no counts") {
  Graph graph = test::spiking_mlp();
  auto engine = make_cpu_engine(graph, {.threads = 2});
  Batch none = test::random_batch(graph, 0, 1);
  CHECK(engine->run(none).samples == 0);
  Batch far = test::random_batch(graph, 40, 1);
  far.values.back() = 100000;
  CHECK_THROWS_AS(engine->run(far), Error);
  CHECK(test::differences(*engine, graph, 9, 3) == "");
}

TEST_CASE("a batch of another shape or range is refused") {
  Graph graph = test::spiking_mlp();
  auto engine = make_cpu_engine(graph, {});
  CHECK_THROWS_AS(engine->run(Batch{1, 1, {3}, {0, 0, 0}}), Error);
  Batch far = test::random_batch(graph, 1, 1);
  far.values[0] = 100000;
  CHECK_THROWS_WITH(engine->run(far), Catch::Contains("found 100000"));
}

TEST_CASE("what a layer costs counts its products, images and events") {
  Graph graph = parse_listing(R"(snn t T=4
  in = input(shape=[2, 6, 6], step=1, low=0, high=1)
  n1 = if(threshold=i8[1]{1}) <- in
  conv = conv2d(weight=i8[8, 2, 3, 3]{~1}, stride=[1, 1], padding=[1, 1]) <- n1
  n2 = if(threshold=i8[1]{5}) <- conv
  out = output() <- n2
)");
  Batch batch = test::random_batch(graph, 10, 1);
  std::fill(batch.values.begin(), batch.values.end(), 1.0f);
  for (PathPolicy path : {PathPolicy::dense, PathPolicy::events}) {
    CpuEngineOptions options;
    options.path = path;
    auto engine = make_cpu_engine(graph, options);
    engine->run(batch);
    std::vector<CpuLayerCost> costs = engine->costs();
    REQUIRE(costs.size() == 1);
    CHECK(costs[0].name == "n2");
    CHECK(costs[0].products == 8 * 36 * 2 * 9);
    CHECK(costs[0].images == 4 * 10);
    CHECK(costs[0].seconds > 0);
    CHECK(costs[0].dense_rate > 1e6);
    bool by_events = path == PathPolicy::events;
    CHECK(costs[0].share_by_events == (by_events ? 1 : 0));
    // Every input spikes at every step; who runs densely does not count.
    CHECK(costs[0].density == (by_events ? 1 : 0));
  }
}

}  // namespace
}  // namespace nc
