// Values stored as bf16, in training and of a teacher, against the same in f32.
#include <catch2/catch.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "ir/error.h"
#include "ir/listing.h"
#include "passes/torch/training/qcfs_rows.h"
#include "passes/train.h"
#include "passes/weighted.h"
#include "runtime/torch/engine.h"
#include "test/support/compare.h"

namespace nc {
namespace {

// The upper half of an f32, as the f32 that it stands for.
float widened(Bf16 value) {
  return std::bit_cast<float>(static_cast<uint32_t>(value) << 16);
}

Bf16 halved(float value) {
  return static_cast<Bf16>(std::bit_cast<uint32_t>(value) >> 16);
}

TEST_CASE("qcfs of values stored as bf16 is that of their f32, rounded once") {
  constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinite = std::numeric_limits<float>::infinity();
  std::vector<float> x = {kNone, kInfinite, -kInfinite, 0, -0.F};
  for (int i = -40; i < 300; ++i) x.push_back(static_cast<float>(i) * 0.011F);
  std::vector<Bf16> narrow(x.size());
  std::transform(x.begin(), x.end(), narrow.begin(), halved);
  std::transform(narrow.begin(), narrow.end(), x.begin(), widened);
  std::vector<float> threshold(x.size()), by_y(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    threshold[i] = 0.7F + 0.003F * static_cast<float>(i);
    by_y[i] = i % 3 == 0 ? -1.5F : 0.25F;  // bf16 has these
  }
  std::vector<Bf16> narrow_by_y(x.size());
  std::transform(by_y.begin(), by_y.end(), narrow_by_y.begin(), halved);

  auto count = static_cast<int64_t>(x.size());
  QcfsRow<float, float> wide_row{x.data(), threshold.data(), 4, count};
  QcfsRow<Bf16, float> row{narrow.data(), threshold.data(), 4, count};
  std::vector<float> y(x.size()), by_x(x.size());
  std::vector<float> by_threshold(x.size(), 1), same(x.size(), 1);
  std::vector<Bf16> narrow_y(x.size()), narrow_by_x(x.size());
  qcfs_forwards(wide_row, y.data());
  qcfs_forwards(row, narrow_y.data());
  qcfs_backwards(wide_row, by_y.data(), by_x.data(), by_threshold.data());
  qcfs_backwards(row, narrow_by_y.data(), narrow_by_x.data(), same.data());

  CHECK(std::isnan(y[0]));
  CHECK(std::isnan(widened(narrow_y[0])));
  CHECK(y[1] == threshold[1]);
  for (size_t i = 1; i < x.size(); ++i) {
    INFO("x = " << x[i] << ", threshold " << threshold[i]);
    // Eight significant bits: the nearest is half of a 2^-7th away at most.
    CHECK(std::abs(widened(narrow_y[i]) - y[i]) <= y[i] / 256);
    CHECK(widened(narrow_by_x[i]) == by_x[i]);
    if (!std::isfinite(x[i])) continue;
    CHECK(same[i] == by_threshold[i]);
  }
  // Of two neighbours as near, the even one: 1 + 2^-8 becomes 1.
  std::vector<float> tie = {1 + 0.00390625F};
  std::vector<Bf16> one = {halved(8)}, to(1);
  qcfs_forwards(QcfsRow<Bf16, float>{one.data(), tie.data(), 1, 1}, to.data());
  CHECK(widened(to[0]) == 1);
}

// A residual block; the weights are drawn by the training.
Graph block(const std::string& activation) {
  const std::string norm =
      "batch_norm(weight=f32[8]{*1}, bias=f32[8]{*0}, mean=f32[8]{*0}, "
      "variance=f32[8]{*1}, epsilon=1e-05) <- ";
  const std::string conv = ", stride=[1, 1], padding=[1, 1]) <- ";
  return parse_listing(
      "snn t\n"
      "  in    = input(shape=[3, 8, 8])\n"
      "  conv1 = conv2d(weight=f32[8, 3, 3, 3]{*0}" +
      conv +
      "in\n"
      "  norm1 = " +
      norm +
      "conv1\n"
      "  act1  = " +
      activation +
      " <- norm1\n"
      "  conv2 = conv2d(weight=f32[8, 8, 3, 3]{*0}" +
      conv +
      "act1\n"
      "  norm2 = " +
      norm +
      "conv2\n"
      "  act2  = " +
      activation +
      " <- norm2, act1\n"
      "  flat  = flatten() <- act2\n"
      "  fc    = affine(weight=f32[5, 512]{*0}, bias=f32[5]{*0}) <- flat\n"
      "  out   = output() <- fc\n");
}

// |a - b| / |a|
double apart(const std::vector<double>& a, const std::vector<double>& b) {
  double difference = 0, size = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference += std::pow(a[i] - b.at(i), 2);
    size += a[i] * a[i];
  }
  return std::sqrt(difference / size);
}

// What lies between the layers is bf16 then, batch norms and sums included. The
// last layer sees a few roundings of 2^-8, and `level` where values move by
// one. On the way back signs turn at zero and levels change, which sums that
// cancel out make much of: there the bound is what tells right from wrong,
// where all is apart (1 and more).
void check_bf16(const Graph& graph, bool channels_last, double level) {
  constexpr int64_t kSamples = 16, kClasses = 5;
  constexpr double kRounding = 1.0 / 256;
  TrainBatch batch{test::random_batch(graph, kSamples, 5), {}, {}};
  for (int64_t i = 0; i < kSamples; ++i) batch.labels.push_back(i % kClasses);
  TrainOptions options;
  options.from_scratch = true;
  options.channels_last = channels_last;
  Gradients wide = gradients(graph, options, batch);
  options.precision = Precision::bf16;
  Gradients narrow = gradients(graph, options, batch);
  CHECK(narrow.logits != wide.logits);
  CHECK(narrow.loss == Approx(wide.loss).epsilon(kRounding));
  for (size_t i = 0; i < wide.entries.size(); ++i) {
    const std::string& name = wide.entries[i].name;
    INFO(name);
    CHECK(apart(wide.entries[i].gradient, narrow.entries.at(i).gradient) <
          (name.starts_with("fc.") ? 4 * kRounding + level : 0.5));
  }
}

TEST_CASE("in bf16 gradients are those of f32, more coarsely") {
  const std::pair<const char*, double> activations[] = {
      {"relu()", 0}, {"qcfs(threshold=f32[8]{*2.5}, levels=64)", 1.0 / 64}};
  for (auto [activation, level] : activations) {
    for (bool channels_last : {false, true}) {
      INFO(activation << " channels last: " << channels_last);
      try {
        check_bf16(block(activation), channels_last, level);
      } catch (const Error& error) {
        const std::string message = error.what();
        if (message.find("no bf16 arithmetic") == std::string::npos) throw;
        WARN("skipped: " << message);
        return;
      }
    }
  }
}

// All above 0, so that roundings of the values before are no larger behind.
Tensor positive(const Shape& shape) {
  std::vector<double> values(static_cast<size_t>(element_count(shape)));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = 0.01 + 0.0013 * static_cast<double>(i * 7 % 31);
  }
  return float_tensor(shape, values);
}

Graph positive_block() {
  Graph graph = parse_listing(R"(snn t
  in    = input(shape=[3, 6, 6])
  conv1 = conv2d(weight=f32[8, 3, 3, 3]{*1}, bias=f32[8]{*1}, stride=[1, 1], padding=[1, 1]) <- in
  act1  = relu() <- conv1
  conv2 = conv2d(weight=f32[8, 8, 3, 3]{*1}, bias=f32[8, 6, 6]{*1}, stride=[1, 1], padding=[1, 1]) <- act1
  act2  = relu() <- conv2, act1
  flat  = flatten() <- act2
  fc    = affine(weight=f32[5, 288]{*1}, bias=f32[5]{*1}) <- flat
  out   = output() <- fc
)");
  for (Node& node : graph.nodes) {
    auto layer = weighted(node.op);
    if (!layer) continue;
    node.op = with_parameters(
        node.op, positive(layer->weight.shape()),
        layer->bias.empty() ? layer->bias : positive(layer->bias.shape()));
  }
  return graph;
}

TEST_CASE(
    "the torch engine in bf16 gives what it gives in f32, more coarsely") {
  const Graph graph = positive_block();
  Batch batch = test::random_batch(graph, 4, 5);
  for (float& value : batch.values) value = std::abs(value);
  const std::vector<double> wide = make_torch_engine(graph)->run(batch).values;
  for (bool channels_last : {false, true}) {
    TorchEngineOptions options;
    options.channels_last = channels_last;
    std::vector<double> same =
        make_torch_engine(graph, options)->run(batch).values;
    options.bf16 = true;
    std::vector<double> narrow =
        make_torch_engine(graph, options)->run(batch).values;
    // Inputs, weights, biases and what nodes hand on are rounded by 2^-9 of
    // each at most: from here to the output that is ten times, at most.
    constexpr double kRounding = 10.0 / 512;
    CHECK(narrow != wide);
    for (size_t i = 0; i < wide.size(); ++i) {
      CHECK(same.at(i) == Approx(wide[i]).epsilon(1e-6));
      CHECK(std::abs(narrow.at(i) - wide[i]) <= kRounding * wide[i]);
    }
  }
}

}  // namespace
}  // namespace nc
