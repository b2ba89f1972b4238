#include "runtime/encoding.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "ir/error.h"
#include "runtime/data/random.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;

Graph graph_of(Input input, Run run = {}) {
  return {"test", {{"in", std::move(input), {}, {}}}, std::move(run), {}};
}

Run run_of(Encoding encoding, int64_t timesteps) {
  Run run;
  run.encoding = encoding;
  run.timesteps = timesteps;
  return run;
}

Dataset data_of(Shape shape, std::vector<float> values) {
  Dataset data;
  data.name = "numbers";
  data.size = static_cast<int64_t>(values.size()) / element_count(shape);
  data.shape = std::move(shape);
  data.values = std::move(values);
  return data;
}

Input quantized_input(Shape shape, double step, int64_t low, int64_t high) {
  return {std::move(shape), step, low, high};
}

TEST_CASE("direct encoding preprocesses each channel") {
  Run run;
  run.preprocessing = {0.5, {1, 2}, {2, 4}};
  Batch batch = make_batch(graph_of({{2, 1, 2}}, run),
                           data_of({2, 1, 2}, {0, 1, 2, 3, 4, 5, 6, 7}), 0, 2);
  CHECK(batch.samples == 2);
  CHECK(batch.steps == 1);
  CHECK(batch.shape == Shape{2, 1, 2});
  CHECK(batch.values == std::vector<float>{-0.5, -0.25, -0.25, -0.125,  //
                                           0.5, 0.75, 0.25, 0.375});
}

TEST_CASE("pixels become x / 255 rounded once to 32 bits") {
  std::vector<float> pixels(256);
  std::iota(pixels.begin(), pixels.end(), 0.0f);
  Run run;
  run.preprocessing.scale = 1.0 / 255;
  Batch batch =
      make_batch(graph_of({{256}}, run), data_of({256}, pixels), 0, 1);
  for (size_t i = 0; i < 256; ++i) CHECK(batch.values[i] == pixels[i] / 255.0f);
}

TEST_CASE("a batch is the samples asked for") {
  Dataset data = data_of({1}, {5, 6, 7, 8});
  CHECK(make_batch(graph_of({{1}}), data, 1, 2).values ==
        std::vector<float>{6, 7});
  CHECK(make_batch(graph_of({{1}}), data, 3, 1).values ==
        std::vector<float>{8});
}

TEST_CASE("quantised inputs round halves away from zero and are clipped") {
  Graph graph = graph_of(quantized_input({8}, 0.5, -3, 7));
  Batch batch = make_batch(
      graph, data_of({8}, {0.25f, 0.24f, -0.25f, 0.75f, -0.75f, 9, -9, 1}), 0,
      1);
  CHECK(batch.values == std::vector<float>{1, 0, -1, 2, -2, 7, -3, 2});
}

TEST_CASE("one of the shapes may be flat, else they must agree") {
  std::vector<float> values(12);
  std::iota(values.begin(), values.end(), 0.0f);
  Graph image = graph_of({{3, 2, 2}});
  CHECK(make_batch(graph_of({{12}}), data_of({3, 2, 2}, values), 0, 1).shape ==
        Shape{12});
  CHECK(make_batch(image, data_of({12}, values), 0, 1).values == values);
  CHECK_THROWS_WITH(make_batch(image, data_of({2, 2, 3}, values), 0, 1),
                    Contains("expected samples of shape [3, 2, 2], found [2, "
                             "2, 3]"));
  CHECK_THROWS_WITH(make_batch(graph_of({{6}}), data_of({12}, values), 0, 1),
                    Contains("expected samples of shape [6], found [12]"));
}

TEST_CASE("channels of a flattened image keep their mean") {
  Run run;
  run.preprocessing.mean = {1, 2};
  Batch batch =
      make_batch(graph_of({{4}}, run), data_of({2, 1, 2}, {0, 0, 0, 0}), 0, 1);
  CHECK(batch.values == std::vector<float>{-1, -1, -2, -2});
  run.preprocessing.mean = {1, 2, 3};
  CHECK_THROWS_WITH(make_batch(graph_of({{2, 1, 2}}, run),
                               data_of({2, 1, 2}, {0, 0, 0, 0}), 0, 1),
                    Contains("expected mean for 1 or 2 channels, found 3"));
}

TEST_CASE("rate encoding spikes as often as the value is large") {
  constexpr int64_t kSteps = 4000;
  Graph graph = graph_of({{4}}, run_of(Encoding::rate, kSteps));
  Batch batch = make_batch(graph, data_of({4}, {0, 0.25f, 0.75f, 1}), 0, 1, 7);
  CHECK(batch.steps == kSteps);
  REQUIRE(batch.values.size() == 4 * kSteps);
  std::vector<double> mean(4, 0.0);
  for (size_t i = 0; i < batch.values.size(); ++i) {
    CHECK((batch.values[i] == 0 || batch.values[i] == 1));
    mean[i % 4] += static_cast<double>(batch.values[i]) / kSteps;
  }
  CHECK(mean[0] == 0);
  CHECK(mean[1] == Approx(0.25).margin(0.03));  // 4 standard deviations
  CHECK(mean[2] == Approx(0.75).margin(0.03));
  CHECK(mean[3] == Approx(1));
}

TEST_CASE("rate encoding of a quantised input emits its largest value") {
  Graph graph = graph_of(quantized_input({2}, 1.0 / 255, 0, 255),
                         run_of(Encoding::rate, 3));
  CHECK(make_batch(graph, data_of({2}, {0, 1}), 0, 1).values ==
        std::vector<float>{0, 255, 0, 255, 0, 255});
}

TEST_CASE("rate encoding of a sample does not depend on its batch") {
  Graph graph = graph_of({{3}}, run_of(Encoding::rate, 16));
  Dataset data = data_of({3}, std::vector<float>(12, 0.5f));
  Batch all = make_batch(graph, data, 0, 4, 1);
  Batch third = make_batch(graph, data, 2, 1, 1);
  CHECK(std::equal(third.values.begin(), third.values.end(),
                   all.values.begin() + 2 * 48));
  CHECK(all.values == make_batch(graph, data, 0, 4, 1).values);
  CHECK(all.values != make_batch(graph, data, 0, 4, 2).values);
  CHECK_FALSE(
      std::equal(third.values.begin(), third.values.end(), all.values.begin()));
}

TEST_CASE("uniform numbers depend on each of their arguments") {
  double base = uniform_at(1, 2, 3, 4);
  CHECK((base >= 0 && base < 1));
  CHECK(uniform_at(0, 2, 3, 4) != base);
  CHECK(uniform_at(1, 0, 3, 4) != base);
  CHECK(uniform_at(1, 2, 0, 4) != base);
  CHECK(uniform_at(1, 2, 3, 0) != base);
  CHECK(uniform_at(1, 3, 2, 4) != base);
}

TEST_CASE("latency encoding spikes earlier for larger values") {
  Graph graph = graph_of({{4}}, run_of(Encoding::latency, 5));
  Batch batch = make_batch(graph, data_of({4}, {1, 0.5f, 0.125f, 0}), 0, 1);
  CHECK(batch.steps == 5);
  CHECK(batch.values == std::vector<float>{1, 0, 0, 0,  //
                                           0, 0, 0, 0,  //
                                           0, 1, 0, 0,  //
                                           0, 0, 1, 0,  //
                                           0, 0, 0, 0});
  Graph quantized =
      graph_of(quantized_input({2}, 1, 0, 10), run_of(Encoding::latency, 2));
  CHECK(make_batch(quantized, data_of({2}, {10, 1}), 0, 1).values ==
        std::vector<float>{10, 10, 0, 0});
}

TEST_CASE("values that no spike rate stands for are refused") {
  for (Encoding encoding : {Encoding::rate, Encoding::latency}) {
    Graph graph = graph_of({{1}}, run_of(encoding, 2));
    CHECK_THROWS_WITH(make_batch(graph, data_of({1}, {-0.5f}), 0, 1),
                      Contains("expects inputs from 0 to 1"));
    CHECK_THROWS_WITH(make_batch(graph, data_of({1}, {1.5f}), 0, 1),
                      Contains("found 1.5"));
  }
}

TEST_CASE("a network without time receives the analog value") {
  Graph graph = graph_of({{1}}, run_of(Encoding::rate, 0));
  Batch batch = make_batch(graph, data_of({1}, {0.3f}), 0, 1);
  CHECK(batch.steps == 1);
  CHECK(batch.values == std::vector<float>{0.3f});
}

TEST_CASE("stored images have no events") {
  Graph graph = graph_of({{1}}, run_of(Encoding::events, 2));
  CHECK_THROWS_WITH(make_batch(graph, data_of({1}, {0.3f}), 0, 1),
                    Contains("events is not available for numbers"));
}

}  // namespace
}  // namespace nc
