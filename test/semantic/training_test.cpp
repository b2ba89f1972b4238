// Training: it learns, what it writes is what it measured, and it can be
// stopped and taken up again without a trace.
#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "ir/error.h"
#include "ir/file.h"
#include "ir/listing.h"
#include "ir/verify.h"
#include "ir/widths.h"
#include "passes/calibrate.h"
#include "passes/train.h"
#include "passes/weighted.h"
#include "runtime/accuracy.h"
#include "test/support/compare.h"
#include "test/support/sample_graphs.h"
#include "test/support/training_graphs.h"
#include "test/unit/temporary_folder.h"

namespace nc {
namespace {

using test::float_net;
using test::integer_net;

constexpr int64_t kSamples = 24;

// A task that can be learned: which of two inputs is larger.
TrainBatch task(const Graph& graph, int64_t seed) {
  TrainBatch batch;
  batch.input =
      test::random_batch(graph, kSamples, static_cast<unsigned>(seed));
  size_t size = batch.input.values.size() / kSamples;
  for (size_t i = 0; i < kSamples; ++i) {
    const float* x = batch.input.values.data() + i * size;
    batch.labels.push_back(x[0] > x[1] ? 1 : 0);
  }
  return batch;
}

double accuracy(const Graph& graph) {
  TrainBatch batch = task(graph, 1000);
  Outputs outputs = make_reference_engine(graph)->run(batch.input);
  return score(outputs, batch.labels).accuracy();
}

TrainCallbacks callbacks_for(const Graph& graph) {
  TrainCallbacks callbacks;
  callbacks.batch = [&graph](int64_t, int64_t step) {
    return task(graph, step);
  };
  callbacks.validate = accuracy;
  return callbacks;
}

TrainOptions short_training() {
  TrainOptions options;
  options.epochs = 3;
  options.steps_per_epoch = 4;
  options.learning_rate = 0.05;
  options.train_thresholds = true;
  options.train_leaks = true;
  options.identity = {{"--lr", "0.05"}};
  return options;
}

Graph qcfs_mlp() {
  return parse_listing(R"(snn t
  in   = input(shape=[4])
  fc1  = affine(weight=f32[12, 4]{~1}) <- in
  norm = batch_norm(weight=f32[12]{*1}, bias=f32[12]{~2}, mean=f32[12]{*0}, variance=f32[12]{*1}, epsilon=1e-05) <- fc1
  act  = qcfs(threshold=f32[12]{*1.5}, levels=4) <- norm
  fc2  = affine(weight=f32[2, 12]{~3}) <- act
  out  = output() <- fc2
)");
}

// With batch norms, as calibration starts from it.
Graph qcfs_net() {
  Graph graph = test::small_ann();
  CalibrationOptions options;
  options.timesteps = 4;
  options.method = CalibrationMethod::qcfs;
  options.weight_correction = options.bias_correction = false;
  return calibrate(graph, test::random_batch(graph, 64, 9), options, {});
}

TEST_CASE("training learns, and gives the epoch that was best held out") {
  for (const Graph& graph : {float_net(), integer_net(), qcfs_mlp()}) {
    INFO(listing(graph));
    TrainOptions options = short_training();
    options.epochs = 8;
    options.steps_per_epoch = 10;
    double best = 0;
    TrainCallbacks callbacks = callbacks_for(graph);
    callbacks.on_epoch = [&](const EpochReport& report) {
      best = std::max(best, report.validation);
    };
    TrainResult result = train(graph, options, callbacks);
    REQUIRE(result.finished);
    CHECK(verify(result.graph).empty());
    CHECK(result.best == best);
    CHECK(accuracy(result.graph) == best);
    CHECK(result.before == accuracy(graph));
    CHECK(best > std::max(result.before, 0.8));
  }
}

TEST_CASE("a quantised network keeps its form: integers within their limits") {
  Graph graph = integer_net();
  TrainOptions options = short_training();
  options.learning_rate = 100;
  TrainCallbacks callbacks = callbacks_for(graph);
  callbacks.validate = {};
  Graph result = train(graph, options, callbacks).graph;
  CHECK(is_quantized(result));
  CHECK(listing(result) != listing(graph));
  for (const char* name : {"fc1", "fc2"}) {
    for (int64_t each : weighted(result.at(name).op)->weight.to_integers()) {
      CHECK(std::abs(each) <= 127);
    }
  }
  for (int64_t each : as_neuron(result.at("n").op)->threshold.to_integers()) {
    CHECK(each >= 1);
  }
}

TEST_CASE("sums stay within a chip's limit") {
  for (const Graph& graph : {integer_net(), test::spiking_conv_net()}) {
    INFO(graph.name);
    TrainOptions options = short_training();
    options.learning_rate = 100;
    TrainCallbacks callbacks = callbacks_for(graph);
    callbacks.validate = {};
    auto widest = [](const Graph& each) {
      int64_t most = 0;
      for (const Width& width : widths(each)) {
        if (!weighted(each.at(width.node).op)) continue;
        most = std::max({most, width.value.high, -width.value.low});
      }
      return most;
    };
    int64_t limit = widest(graph) / 2;
    CHECK(widest(train(graph, options, callbacks).graph) > limit);
    options.current_limit = limit;
    CHECK(widest(train(graph, options, callbacks).graph) <= limit);
  }
}

// All parameters, whatever types hold them.
std::vector<double> numbers_of(const Graph& graph) {
  std::vector<double> all;
  for (const Node& node : graph.nodes) {
    std::visit(
        [&](const auto& op) {
          for_each_field(op, [&](const auto&, const auto& value) {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>,
                                         Tensor>) {
              for (double each : value.to_doubles()) all.push_back(each);
            }
          });
        },
        node.op);
  }
  return all;
}

TEST_CASE("without a learning rate nothing changes") {
  for (const Graph& graph : {integer_net(), test::spiking_conv_net()}) {
    TrainOptions options = short_training();
    options.learning_rate = 0;
    options.weight_decay = 0;
    Graph result = train(graph, options, callbacks_for(graph)).graph;
    CHECK(numbers_of(result) == numbers_of(graph));
  }
}

TEST_CASE("thresholds and leaks change only when they are asked to") {
  TrainOptions options = short_training();
  options.train_thresholds = options.train_leaks = false;
  Graph graph = float_net();
  TrainCallbacks callbacks = callbacks_for(graph);
  callbacks.validate = {};
  auto lif = [](const Graph& each) { return std::get<Lif>(each.at("n").op); };
  Graph kept = train(graph, options, callbacks).graph;
  CHECK(lif(kept).threshold == lif(graph).threshold);
  CHECK(lif(kept).decay == lif(graph).decay);
  options.train_thresholds = options.train_leaks = true;
  Graph changed = train(graph, options, callbacks).graph;
  CHECK(!(lif(changed).threshold == lif(graph).threshold));
  CHECK(!(lif(changed).decay == lif(graph).decay));
}

TEST_CASE("batch norms learn statistics") {
  Graph graph = qcfs_net();
  TrainCallbacks callbacks = callbacks_for(graph);
  callbacks.validate = {};
  Graph result = train(graph, short_training(), callbacks).graph;
  int norms = 0;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto* before = std::get_if<BatchNorm>(&graph.nodes[i].op);
    if (!before) continue;
    const auto& after = std::get<BatchNorm>(result.nodes[i].op);
    CHECK(!(after.mean == before->mean));
    CHECK(!(after.variance == before->variance));
    ++norms;
  }
  CHECK(norms > 0);
}

// Stops after each of `stops` steps and takes the training up again.
Graph with_interruptions(const Graph& graph, TrainOptions options,
                         const std::vector<int64_t>& stops) {
  test::TemporaryFolder folder;
  options.checkpoint = folder.path(".");
  TrainCallbacks callbacks = callbacks_for(graph);
  for (int64_t stop : stops) {
    int64_t done = 0;
    callbacks.on_step = [&](const StepReport& report) {
      done = report.step + 1;
    };
    callbacks.stop = [&] { return done >= stop; };
    TrainResult result = train(graph, options, callbacks);
    CHECK_FALSE(result.finished);
    CHECK(result.steps == stop);
    options.resume = true;
  }
  callbacks.stop = {};
  return train(graph, options, callbacks).graph;
}

TEST_CASE("a training that was interrupted gives the same bytes") {
  for (const Graph& graph : {float_net(), integer_net(), qcfs_net()}) {
    for (OptimizerKind kind : {OptimizerKind::sgd, OptimizerKind::adamw}) {
      INFO(name_of(kind) << "\n" << listing(graph));
      TrainOptions options = short_training();
      options.optimizer = kind;
      Graph whole = train(graph, options, callbacks_for(graph)).graph;
      Graph parts = with_interruptions(graph, options, {1, 4, 7, 11});
      CHECK(to_bytes(whole) == to_bytes(parts));
    }
  }
}

TEST_CASE("checkpoints are written every so many steps") {
  test::TemporaryFolder folder;
  Graph graph = float_net();
  TrainOptions options = short_training();
  options.checkpoint = folder.path(".");
  options.checkpoint_steps = 5;
  TrainCallbacks callbacks = callbacks_for(graph);
  callbacks.on_step = [&](const StepReport& report) {
    if (report.step == 11) throw Error("the machine stops");
  };
  CHECK_THROWS_WITH(train(graph, options, callbacks), "the machine stops");
  options.resume = true;
  callbacks.on_step = {};
  TrainResult result = train(graph, options, callbacks);
  CHECK(result.first == 10);
  options.checkpoint.clear();
  options.resume = false;
  CHECK(to_bytes(result.graph) ==
        to_bytes(train(graph, options, callbacks).graph));
}

TEST_CASE("a checkpoint of another training is refused by name") {
  test::TemporaryFolder folder;
  Graph graph = float_net();
  TrainOptions options = short_training();
  options.checkpoint = folder.path(".");
  options.checkpoint_steps = 1;
  train(graph, options, callbacks_for(graph));
  options.resume = true;
  std::string path = folder.path(".") + "/checkpoint.npz";
  options.identity = {{"--lr", "0.1"}};
  CHECK_THROWS_WITH(
      train(graph, options, callbacks_for(graph)),
      path + ": is of another training: expected --lr '0.1', found '0.05'");
  options.identity = {{"--lr", "0.05"}};
  Graph other = integer_net();
  CHECK_THROWS_WITH(train(other, options, callbacks_for(other)),
                    Catch::Contains("checkpoint.npz: now."));
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  CHECK_THROWS_WITH(train(graph, options, callbacks_for(graph)),
                    Catch::Contains("checkpoint.npz: "));
  std::filesystem::remove(path);
  CHECK_THROWS_WITH(train(graph, options, callbacks_for(graph)),
                    Catch::Contains("checkpoint.npz: "));
}

TEST_CASE("what is not finite stops the training with step and node") {
  Graph graph = parse_listing(R"(snn t
  in  = input(shape=[2])
  fc1 = affine(weight=f32[2, 2]{*1e30}) <- in
  fc2 = affine(weight=f32[2, 2]{*1e30}) <- fc1
  out = output() <- fc2
)");
  CHECK_THROWS_WITH(
      train(graph, short_training(), callbacks_for(graph)),
      "step 1 (epoch 1): the loss is not finite; the first such value is of "
      "node 'fc2'");
  Graph good = float_net();
  TrainOptions options = short_training();
  options.learning_rate = 3e38;
  CHECK_THROWS_WITH(train(good, options, callbacks_for(good)),
                    Catch::StartsWith("step "));
}

TEST_CASE("from scratch the weights are the seed's, and can be learned") {
  for (const Graph& graph : {float_net(), integer_net()}) {
    INFO(listing(graph));
    TrainOptions options = short_training();
    options.from_scratch = true;
    options.epochs = 10;
    options.steps_per_epoch = 20;
    TrainCallbacks callbacks = callbacks_for(graph);
    TrainResult one = train(graph, options, callbacks);
    CHECK(one.best > 0.85);
    CHECK(to_bytes(train(graph, options, callbacks).graph) ==
          to_bytes(one.graph));
    options.seed = 1;
    CHECK(to_bytes(train(graph, options, callbacks).graph) !=
          to_bytes(one.graph));
  }
}

int64_t spikes_of(const Graph& graph) {
  Outputs outputs = make_reference_engine(graph)->run(task(graph, 5).input);
  return outputs.layers.at(0).spikes;
}

TEST_CASE("a target for the rate moves the rate") {
  Graph graph = integer_net();
  TrainOptions options = short_training();
  options.steps_per_epoch = 20;
  options.rate_weight = 30;
  TrainCallbacks callbacks = callbacks_for(graph);
  callbacks.validate = {};
  options.rate_target = 0.02;
  int64_t few = spikes_of(train(graph, options, callbacks).graph);
  options.rate_target = 0.9;
  int64_t many = spikes_of(train(graph, options, callbacks).graph);
  CHECK(few < spikes_of(graph));
  CHECK(many > 2 * few);
}

TEST_CASE("distilling brings the outputs to the teacher's") {
  Graph graph = float_net();
  Graph teacher = graph;
  Node& last = *teacher.find("fc2");
  Weighted parameters = *weighted(last.op);
  std::vector<double> values = parameters.weight.to_doubles();
  for (double& value : values) value *= -2;
  last.op = with_parameters(
      last.op, float_tensor(parameters.weight.shape(), values), {});
  auto distance = [&](const Graph& found) {
    Batch batch = task(graph, 3).input;
    std::vector<double> a = make_reference_engine(found)->run(batch).values;
    std::vector<double> b = make_reference_engine(teacher)->run(batch).values;
    double sum = 0;
    for (size_t i = 0; i < a.size(); i += 2) {
      sum += std::abs(a[i] - a[i + 1] - (b[i] - b[i + 1]));
    }
    return sum;
  };
  TrainOptions options = short_training();
  options.distill = 1;
  options.temperature = 2;
  options.epochs = 60;
  TrainCallbacks callbacks = callbacks_for(graph);
  callbacks.validate = {};
  callbacks.batch = [&](int64_t, int64_t step) {
    TrainBatch batch = task(graph, step);
    batch.teacher = make_reference_engine(teacher)->run(batch.input).values;
    return batch;
  };
  CHECK(distance(train(graph, options, callbacks).graph) <
        0.6 * distance(graph));
}

TEST_CASE("membranes that f32 does not hold are trained as they run") {
  // v(0) = floor(theta / 2) and 512 steps of 100,001 reach the first six
  // thresholds in the last step, and stay 1 below the others, which f32 would
  // round down to what is reached.
  Graph graph = parse_listing(R"(snn t T=512
  in  = input(shape=[4], step=1, low=0, high=255)
  fc1 = affine(weight=i8[12, 4]{*0}, bias=i32[12]{*100001}) <- in
  n   = if(threshold=i32[12]{102401024, 102401024, 102401024, 102401024, 102401024, 102401024, 102401026, 102401026, 102401026, 102401026, 102401026, 102401026}, initial=half) <- fc1
  fc2 = affine(weight=i8[2, 12]{~3}, bias=i8[2]{1, 2}) <- n
  out = output() <- fc2
)");
  auto bits_of = [&](const std::string& name) {
    for (const Width& each : widths(graph)) {
      if (each.node == name) return each;
    }
    throw Error("no node '" + name + "'");
  };
  REQUIRE(bits_of("n").membrane_bits > 25);
  REQUIRE(bits_of("fc1").accumulator_bits < 23);
  double expected = 0;
  Batch batch = task(graph, 0).input;
  std::vector<double> values = make_reference_engine(graph)->run(batch).values;
  std::vector<int64_t> labels = task(graph, 0).labels;
  for (size_t i = 0; i < labels.size(); ++i) {
    double a = values[2 * i], b = values[2 * i + 1];
    double right = labels[i] == 0 ? a : b;
    expected += std::log(std::exp(a - right) + std::exp(b - right));
  }
  expected /= static_cast<double>(labels.size());
  std::vector<double> losses;
  TrainCallbacks callbacks = callbacks_for(graph);
  callbacks.validate = {};
  callbacks.on_step = [&](const StepReport& report) {
    losses.push_back(report.loss);
  };
  TrainOptions options = short_training();
  options.epochs = 1;
  Graph trained = train(graph, options, callbacks).graph;
  REQUIRE(!losses.empty());
  CHECK(losses[0] == Approx(expected).epsilon(1e-6));
  CHECK(to_bytes(trained) != to_bytes(graph));
}

TEST_CASE("labels, shapes and graphs that do not fit are refused") {
  Graph graph = float_net();
  TrainCallbacks callbacks = callbacks_for(graph);
  callbacks.validate = {};
  callbacks.batch = [&](int64_t, int64_t) {
    TrainBatch batch = task(graph, 0);
    batch.labels[3] = 2;
    return batch;
  };
  CHECK_THROWS_WITH(train(graph, short_training(), callbacks),
                    "expected labels from 0 to 1 as the network has 2 "
                    "outputs, found 2");
  TrainOptions options = short_training();
  options.train_thresholds = false;
  Graph bare = parse_listing(R"(snn t  T=2
  in = input(shape=[2])
  n  = if(threshold=f32[1]{1}) <- in
  out = output() <- n
)");
  CHECK_THROWS_WITH(train(bare, options, callbacks_for(bare)),
                    Catch::Contains("no parameter"));
  TrainOptions halves = short_training();
  halves.precision = Precision::bf16;
  CHECK_THROWS_WITH(train(integer_net(), halves, callbacks_for(graph)),
                    Catch::Contains("bf16"));
}

}  // namespace
}  // namespace nc
