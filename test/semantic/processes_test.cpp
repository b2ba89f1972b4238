// Several processes train and calibrate as one does, but for the order of sums;
// they stop together, and none waits for one that is no more.
#include <catch2/catch.hpp>
#include <cmath>

#include "ir/error.h"
#include "ir/file.h"
#include "ir/listing.h"
#include "passes/calibrate.h"
#include "passes/train.h"
#include "test/support/compare.h"
#include "test/support/sample_graphs.h"
#include "test/support/together.h"
#include "test/support/training_graphs.h"
#include "test/unit/temporary_folder.h"

namespace nc {
namespace {

using test::float_net;
using test::integer_net;

constexpr int64_t kSamples = 22;  // not divisible by 4

// Samples `first` ... of `whole`.
Batch cut(const Batch& whole, int64_t first, int64_t count, int64_t every = 1) {
  Batch batch{count, 1, whole.shape, {}};
  int64_t size = element_count(whole.shape);
  for (int64_t i = 0; i < count; ++i) {
    auto begin = whole.values.begin() + (first + i * every) * size;
    batch.values.insert(batch.values.end(), begin, begin + size);
  }
  return batch;
}

// A process's part of a step: which of two inputs is larger?
TrainBatch part_of_task(const Graph& graph, int64_t step, Processes* others) {
  Part part = others ? part_of(kSamples, others->rank(), others->size())
                     : Part{0, kSamples};
  TrainBatch batch;
  batch.of = kSamples;
  Batch all = test::random_batch(graph, kSamples, static_cast<unsigned>(step));
  batch.input = cut(all, part.first, part.count);
  size_t size = batch.input.values.size() / static_cast<size_t>(part.count);
  for (size_t i = 0; i < batch.input.values.size(); i += size) {
    const float* x = batch.input.values.data() + i;
    batch.labels.push_back(x[0] > x[1] ? 1 : 0);
  }
  return batch;
}

TrainOptions short_training() {
  TrainOptions options;
  options.epochs = 3;
  options.steps_per_epoch = 4;
  options.learning_rate = 0.05;
  options.threads = 1;
  options.clip = 1;
  options.train_thresholds = true;
  options.train_leaks = true;
  options.rate_target = 0.3;
  options.rate_weight = 0.5;
  options.label_smoothing = 0.1;
  options.identity = {{"--lr", "0.05"}, {"--seed", "0"}};
  return options;
}

// What a training gives, and its loss at every step.
struct Trained {
  TrainResult result;
  std::vector<double> losses;
};

Trained train_here(const Graph& graph, TrainOptions options, Processes* others,
                   TrainCallbacks callbacks = {}) {
  Trained trained;
  options.others = others;
  callbacks.batch = [&](int64_t, int64_t step) {
    return part_of_task(graph, step, others);
  };
  auto also = callbacks.on_step;
  callbacks.on_step = [&](const StepReport& report) {
    trained.losses.push_back(report.loss);
    if (also) also(report);
  };
  trained.result = train(graph, options, callbacks);
  return trained;
}

std::vector<Trained> train_together(int size, const Graph& graph,
                                    const TrainOptions& options,
                                    const TrainCallbacks& callbacks = {}) {
  std::vector<Trained> trained(static_cast<size_t>(size));
  auto errors = test::together(size, [&](Processes& others) {
    trained[static_cast<size_t>(others.rank())] =
        train_here(graph, options, &others, callbacks);
  });
  CHECK(errors == std::vector<std::string>(errors.size()));
  return trained;
}

// Every parameter by itself.
std::vector<std::vector<double>> tensors_of(const Graph& graph) {
  std::vector<std::vector<double>> all;
  for (const Node& node : graph.nodes) {
    std::visit(
        [&](const auto& op) {
          for_each_field(op, [&](const auto&, const auto& value) {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>,
                                         Tensor>) {
              all.push_back(value.to_doubles());
            }
          });
        },
        node.op);
  }
  return all;
}

// Of two graphs of one form: the largest difference, in parts of the largest
// value of each parameter; and how many numbers differ.
struct Difference {
  double most = 0;
  int64_t count = 0;
};

Difference difference(const Graph& a, const Graph& b) {
  Difference found;
  auto left = tensors_of(a), right = tensors_of(b);
  for (size_t k = 0; k < left.size(); ++k) {
    double largest = 1e-30;
    for (double each : left[k]) largest = std::max(largest, std::abs(each));
    for (size_t i = 0; i < left[k].size(); ++i) {
      double differs = std::abs(left[k][i] - right.at(k).at(i));
      found.most = std::max(found.most, differs / largest);
      found.count += differs > 0;
    }
  }
  return found;
}

// No bias in front of the batch norm: its gradient is 0 but for rounding, of
// which AdamW makes steps of full size.
Graph qcfs_net() {
  return parse_listing(R"(snn t
  in   = input(shape=[2, 6, 6])
  conv = conv2d(weight=f32[4, 2, 3, 3]{~1}, stride=[1, 1], padding=[1, 1]) <- in
  norm = batch_norm(weight=f32[4]{*1.5}, bias=f32[4]{~3}, mean=f32[4]{~4}, variance=f32[4]{*2}, epsilon=1e-05) <- conv
  act  = qcfs(threshold=f32[4]{*1.5}, levels=4) <- norm
  flat = flatten() <- act
  fc   = affine(weight=f32[3, 144]{~6}, bias=f32[3]{~7}) <- flat
  out  = output() <- fc
)");
}

void require_like_one(const Graph& graph, const TrainOptions& options) {
  Trained one = train_here(graph, options, nullptr);
  for (int size : {2, 4}) {
    INFO(size << " processes\n" << listing(graph));
    std::vector<Trained> all = train_together(size, graph, options);
    for (const Trained& each : all) {
      CHECK(each.losses == all[0].losses);
      CHECK(to_bytes(each.result.graph) == to_bytes(all[0].result.graph));
    }
    REQUIRE(all[0].losses.size() == one.losses.size());
    for (size_t i = 0; i < one.losses.size(); ++i) {
      CHECK(all[0].losses[i] == Approx(one.losses[i]).epsilon(1e-5));
    }
    // Masters of integers are rounded alike.
    CHECK(difference(one.result.graph, all[0].result.graph).most < 1e-5);
    CHECK(difference(graph, all[0].result.graph).most > 1e-3);
  }
}

TEST_CASE("several processes train what one trains, within 1e-5") {
  for (const Graph& graph : {float_net(), integer_net()}) {
    require_like_one(graph, short_training());
  }
}

TEST_CASE("chunks of time make no difference to it") {
  TrainOptions options = short_training();
  options.time_chunk = 2;
  require_like_one(float_net(), options);
}

TEST_CASE("batch norms have the statistics of all processes") {
  TrainOptions options = short_training();
  options.optimizer = OptimizerKind::adamw;
  options.learning_rate = 0.002;
  require_like_one(qcfs_net(), options);
  options.optimizer = OptimizerKind::sgd;
  options.learning_rate = 0.01;
  require_like_one(qcfs_net(), options);
}

TEST_CASE("two processes, interrupted: the same bytes as uninterrupted") {
  for (const Graph& graph : {integer_net(), qcfs_net()}) {
    TrainOptions options = short_training();
    Graph whole = train_together(2, graph, options)[0].result.graph;
    test::TemporaryFolder folder;
    options.checkpoint = folder.path(".");
    for (int64_t stop : {1, 8}) {
      // One wish is enough: the second process has it.
      auto errors = test::together(2, [&](Processes& others) {
        int64_t done = 0;
        TrainCallbacks callbacks;
        callbacks.on_step = [&](const StepReport& report) {
          done = report.step + 1;
        };
        callbacks.stop = [&] { return others.rank() == 1 && done >= stop; };
        TrainResult result =
            train_here(graph, options, &others, callbacks).result;
        if (result.finished || result.steps != stop) throw Error("not stopped");
      });
      CHECK(errors == std::vector<std::string>(2));
      options.resume = true;
    }
    Graph parts = train_together(2, graph, options)[0].result.graph;
    CHECK(to_bytes(whole) == to_bytes(parts));
  }
}

TEST_CASE("another number of processes may go on, and is told") {
  test::TemporaryFolder folder;
  Graph graph = qcfs_net();
  TrainOptions options = short_training();
  options.learning_rate = 0.01;
  Graph whole = train_here(graph, options, nullptr).result.graph;
  options.checkpoint = folder.path(".");
  options.checkpoint_steps = 6;
  options.epochs = 3;
  TrainCallbacks callbacks;
  callbacks.on_step = [&](const StepReport& report) {
    if (report.step == 7) throw Error("the machines stop");
  };
  test::together(2, [&](Processes& others) {
    train_here(graph, options, &others, callbacks);
  });
  options.resume = true;
  int64_t at = 0, before = 0;
  callbacks.on_step = {};
  callbacks.on_resume = [&](int64_t step, int64_t processes) {
    at = step;
    before = processes;
  };
  Graph parts = train_here(graph, options, nullptr, callbacks).result.graph;
  CHECK(at == 6);
  CHECK(before == 2);
  CHECK(difference(whole, parts).most < 1e-5);
}

TEST_CASE("processes of other options are refused by name") {
  Graph graph = float_net();
  auto errors = test::together(3, [&](Processes& others) {
    TrainOptions options = short_training();
    if (others.rank() == 2) options.identity[1].second = "1";
    train_here(graph, options, &others);
  });
  for (const std::string& error : errors) {
    CHECK(error ==
          "expected the same --seed in all processes; process 2 has another "
          "than process 0");
  }
}

TEST_CASE("processes of other parameters are refused by name") {
  auto errors = test::together(2, [&](Processes& others) {
    Graph graph = float_net();
    auto& op = std::get<Affine>(graph.find("fc2")->op);
    std::vector<double> values = op.weight.to_doubles();
    if (others.rank() == 1) values[7] += 0.5;
    op.weight = float_tensor(op.weight.shape(), values);
    train_here(graph, short_training(), &others);
  });
  for (const std::string& error : errors) {
    CHECK(error ==
          "expected the same fc2.weight in all processes; process 1 has "
          "another than process 0");
  }
}

TEST_CASE("what is not finite in one process stops all, with step and node") {
  Graph graph = parse_listing(R"(snn t
  in  = input(shape=[2])
  fc1 = affine(weight=f32[2, 2]{*1e30}) <- in
  fc2 = affine(weight=f32[2, 2]{*1e30}) <- fc1
  out = output() <- fc2
)");
  auto errors = test::together(2, [&](Processes& others) {
    TrainOptions options = short_training();
    options.others = &others;
    TrainCallbacks callbacks;
    callbacks.batch = [&](int64_t, int64_t) {
      TrainBatch batch = part_of_task(graph, 0, &others);
      if (others.rank() == 0) batch.input.values.assign(22, 0.0F);
      return batch;
    };
    train(graph, options, callbacks);
  });
  for (const std::string& error : errors) {
    CHECK(error ==
          "step 1 (epoch 1): the loss is not finite; the first such value is "
          "of node 'fc2'");
  }
}

TEST_CASE("a process that ends is an error of the others, which says of what") {
  Graph graph = float_net();
  TrainCallbacks callbacks;
  auto errors = test::together(3, [&](Processes& others) {
    TrainCallbacks own;
    own.on_step = [&](const StepReport& report) {
      if (others.rank() == 2 && report.step == 5) throw Error("it dies");
    };
    train_here(graph, short_training(), &others, own);
  });
  CHECK(errors[2] == "it dies");
  for (size_t rank : {0, 1}) {
    CHECK_THAT(errors[rank],
               Catch::StartsWith("process " + std::to_string(rank) +
                                 " of 3 could not add up the gradients of step "
                                 "6 (epoch 2); has another one died?"));
  }
}

// Grouped and one-dimensional convolutions, a clip, layers that two nodes read.
Graph odd_ann() {
  return parse_listing(R"snn(snn odd
  in    = input(shape=[4, 12])
  conv1 = conv1d(weight=f32[4, 4, 3]{~1}, stride=[1], padding=[1]) <- in
  act1  = clip(low=0, high=1.5) <- conv1
  conv2 = conv1d(weight=f32[6, 2, 3]{~2}, bias=f32[6]{~3}, stride=[2], padding=[1], groups=2) <- act1
  act2  = relu() <- conv2
  flat  = flatten() <- act2
  fc    = affine(weight=f32[3, 36]{~5}) <- flat
  out   = output() <- fc
)snn");
}

CalibrationOptions calibration(CalibrationMethod method) {
  CalibrationOptions options;
  options.method = method;
  options.timesteps = 4;
  return options;
}

Graph calibrate_part(const Graph& graph, const Batch& all,
                     CalibrationOptions options, Processes* others) {
  options.others = others;
  if (!others) return calibrate(graph, all, options, {});
  int64_t own = dealt_to(all.samples, others->rank(), others->size());
  return calibrate(graph, cut(all, others->rank(), own, others->size()),
                   options, {});
}

// How far several processes' calibration is from that of one.
double distance_from_one(const Graph& graph, const Batch& all, int size,
                         const CalibrationOptions& options) {
  Graph one = calibrate_part(graph, all, options, nullptr);
  std::vector<Graph> found(static_cast<size_t>(size));
  auto errors = test::together(size, [&](Processes& others) {
    found[static_cast<size_t>(others.rank())] =
        calibrate_part(graph, all, options, &others);
  });
  CHECK(errors == std::vector<std::string>(errors.size()));
  for (const Graph& each : found) CHECK(to_bytes(each) == to_bytes(found[0]));
  return difference(one, found[0]).most;
}

TEST_CASE("several processes find the thresholds that one finds") {
  using Method = CalibrationMethod;
  for (auto [method, per_layer] :
       {std::pair{Method::max, false}, std::pair{Method::percentile, false},
        std::pair{Method::lloyd, false}, std::pair{Method::percentile, true},
        std::pair{Method::lloyd, true}, std::pair{Method::ltb, true}}) {
    INFO(name_of(method) << (per_layer ? " per layer" : ""));
    CalibrationOptions options = calibration(method);
    options.percentile = 90;
    options.per_layer = per_layer;
    options.weight_correction = options.bias_correction = false;
    Graph graph = test::small_ann();
    Batch all = test::random_batch(graph, 50, 3);
    bool sums = method == Method::lloyd || method == Method::ltb;
    CHECK(distance_from_one(graph, all, 3, options) <= (sums ? 1e-5 : 0));
  }
}

TEST_CASE("of more values than are looked at, the same ones") {
  Graph graph = test::small_ann();
  Batch all = test::random_batch(graph, 4001, 3);
  CalibrationOptions options = calibration(CalibrationMethod::percentile);
  options.weight_correction = options.bias_correction = false;
  CHECK(distance_from_one(graph, all, 2, options) == 0);
}

TEST_CASE("several processes make the corrections that one makes") {
  struct Case {
    Schedule schedule;
    bool weights;
    int64_t samples;
  };
  // With 25 samples a layer has fewer rows than inputs, with 200 more.
  for (const Case& each :
       {Case{Schedule::exact, true, 25}, Case{Schedule::exact, true, 200},
        Case{Schedule::causal, true, 25}, Case{Schedule::causal, false, 25}}) {
    for (const Graph& graph : {test::small_ann(), odd_ann()}) {
      INFO(graph.name << " " << name_of(each.schedule) << " " << each.weights
                      << " " << each.samples);
      CalibrationOptions options = calibration(CalibrationMethod::lloyd);
      options.schedule = each.schedule;
      options.weight_correction = each.weights;
      Batch all = test::random_batch(graph, each.samples, 4);
      CHECK(distance_from_one(graph, all, 2, options) < 1e-4);
    }
  }
}

}  // namespace
}  // namespace nc
