#include "tools/support/training.h"

#include <algorithm>
#include <cstring>

#include "ir/error.h"
#include "ir/file.h"
#include "ir/verify.h"
#include "runtime/data/draw.h"
#include "runtime/data/npz.h"
#include "tools/support/accuracy.h"
#include "tools/support/choice.h"
#include "tools/support/data.h"
#include "tools/support/engines.h"
#include "tools/support/interrupt.h"
#include "tools/support/main.h"
#include "tools/support/meeting.h"
#include "tools/support/open.h"
#include "tools/support/step.h"
#include "tools/support/tables.h"
#include "tools/support/torch.h"
#include "tools/support/training_data.h"
#include "tools/support/training_log.h"

namespace nc {
namespace {

Dataset limited(const Dataset& data, int64_t count, int64_t seed) {
  if (count == 0 || count >= data.size) return data;
  return subset(data, balanced_draw(data.labels, data.size, count, seed));
}

// Options that do not change what is computed, or that the data's fingerprint
// stands for.
bool is_of_no_account(const std::string& name) {
  static const std::vector<std::string> kNames = {"help",
                                                  "version",
                                                  "quiet",
                                                  "output",
                                                  "resume",
                                                  "log",
                                                  "checkpoint-steps",
                                                  "checkpoint-minutes",
                                                  "data",
                                                  "checkpoint",
                                                  "dump-gradients",
                                                  "patience",
                                                  "val-data"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

std::vector<std::pair<std::string, std::string>> identity_of(
    const CLI::App& app, const Graph& graph, const TrainingSplits& splits) {
  std::vector<std::pair<std::string, std::string>> identity;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) continue;
    std::string name = option->get_single_name();
    if (is_of_no_account(name)) continue;
    std::string value;
    for (const std::string& each : option->results()) value += each;
    if (option->count() == 0) value = option->get_default_str();
    identity.emplace_back("--" + name, value);
  }
  identity.emplace_back("graph", sha256(to_bytes(graph)));
  identity.emplace_back("training data", fingerprint(splits.train));
  if (splits.validation) {
    identity.emplace_back("validation data", fingerprint(*splits.validation));
  }
  return identity;
}

// Each process runs its part of the data.
double validate(const Graph& graph, const Dataset& data, Processes* others) {
  RunOptions options;
  options.quiet = true;
  options.others = others;
  EngineChoice choice;
  choice.threads = threads_here(others);
  std::unique_ptr<Engine> engine = is_spiking(graph)
                                       ? make_engine(graph, choice)
                                       : torch_library().make_engine(graph, {});
  return run_dataset(*engine, graph, data, options).score.accuracy();
}

TrainingData batches_of(const Graph& graph, const TrainingJob& job,
                        const Dataset& data, const Graph* teacher) {
  TrainingData batches(graph, data, job.batch, parse_augmentation(job.augment),
                       job.options.seed, job.options.others);
  if (!teacher) return batches;
  TorchEngineOptions how;
  how.bf16 = training_options(job).precision == Precision::bf16;
  how.channels_last = job.options.channels_last;
  batches.set_teacher(*teacher, how);
  return batches;
}

std::string steps_text(int64_t steps) {
  return std::to_string(steps) + (steps == 1 ? " step" : " steps");
}

std::string samples_text(const TrainingJob& job) {
  return job.val_data.empty() ? " held-out training samples"
                              : " validation samples";
}

[[noreturn]] void tell_interrupted(const TrainResult& result,
                                   const TrainOptions& options) {
  std::string place = "interrupted after step " + std::to_string(result.steps) +
                      " of " +
                      std::to_string(options.epochs * options.steps_per_epoch);
  if (options.checkpoint.empty()) {
    throw Error(place + ": no --checkpoint was given, so " +
                steps_text(result.steps - result.first) + " are lost");
  }
  throw Error(place + ": the same command with --resume goes on from " +
              options.checkpoint + "/checkpoint.npz");
}

// The other processes say nothing and write nothing.
TrainingLog log_of(const CLI::App& app, TrainingJob job,
                   const TrainOptions& options) {
  if (!is_first(options.others)) {
    job.log.clear();
    job.quiet = true;
  }
  return TrainingLog(app.get_name(), job, options);
}

void tell_other_count(int64_t before, const Processes* others) {
  int64_t now = others ? others->size() : 1;
  if (before == now || !is_first(others)) return;
  say("the checkpoint is of a training by " + std::to_string(before) +
      (before == 1 ? " process" : " processes") + ", this is one by " +
      std::to_string(now) +
      ": sums are rounded otherwise than in an uninterrupted one");
}

void add_measurements(const TrainResult& result, const Dataset& data,
                      Step& step) {
  step.measurements.push_back(
      {"accuracy_before", result.before, "val", data.size});
  step.measurements.push_back({"accuracy", result.best, "val", data.size});
  step.measurements.push_back(
      {"best_epoch", static_cast<double>(result.best_epoch), "", 0});
}

template <class T>
Array array_of(Shape shape, const std::vector<T>& values) {
  Array array{std::move(shape), Scalar::f8, {}};
  array.bytes.resize(values.size() * sizeof(T));
  std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
  return array;
}

}  // namespace

TrainOptions training_options(const TrainingJob& job) {
  TrainOptions options = job.options;
  options.optimizer = choice<OptimizerKind>("--optimizer", job.optimizer);
  options.curve = choice<LearningCurve>("--lr-schedule", job.curve);
  options.precision = choice<Precision>("--precision", job.precision);
  options.surrogate = choice<Surrogate>("--surrogate", job.surrogate);
  parse_augmentation(job.augment);
  if (options.resume && options.checkpoint.empty()) {
    throw Error("--resume needs the folder of --checkpoint");
  }
  return options;
}

TrainingSplits open_training_data(const TrainingJob& job) {
  DataSpec spec = parse_data_spec(job.data);
  Dataset all = open_data(job.data, Split::train);
  if (all.labels.empty()) throw Error(job.data + ": training needs labels");
  TrainingSplits splits;
  int64_t seed = job.options.seed;
  if (!job.val_data.empty()) {
    splits.train = limited(all, job.train_samples, seed);
    splits.validation = open_data(job.val_data, Split::val);
  } else if (spec.name == "array") {
    HeldOut held_out = hold_out(all.labels, all.size);
    splits.train =
        limited(subset(all, held_out.train), job.train_samples, seed);
    splits.validation = subset(all, held_out.val);
  } else {
    splits.train = limited(all, job.train_samples, seed);
    if (job.validation > 0 && !is_divided(spec)) {
      throw Error(job.data +
                  ": names one split, of which nothing is held out " +
                  "to choose the best epoch on: give --validation 0 or "
                  "--val-data");
    }
    splits.validation = open_data(job.data, Split::val);
  }
  if (job.validation == 0 || splits.validation->size == 0) {
    splits.validation.reset();
  } else {
    splits.validation = limited(*splits.validation, job.validation, seed);
  }
  return splits;
}

std::optional<Graph> open_teacher(const TrainingJob& job, const Graph* source) {
  bool distils = job.options.distill > 0;
  bool named = !job.teacher.empty();
  if (named != distils && (named || !source)) {
    throw Error("--distill and --teacher: one needs the other");
  }
  if (!distils) return std::nullopt;
  if (!named) return *source;
  return open_graph(job.teacher,
                    import_options(job.teacher, "", job.data, Split::train));
}

Graph run_training(const Graph& graph, const TrainingJob& job,
                   const TrainingSplits& splits, const Graph* teacher,
                   const CLI::App& app, Step& step) {
  TrainOptions options = training_options(job);
  TrainingData batches = batches_of(graph, job, splits.train, teacher);
  options.steps_per_epoch = batches.steps_per_epoch();
  options.identity = identity_of(app, graph, splits);
  TrainingLog log = log_of(app, job, options);
  TrainCallbacks callbacks;
  callbacks.batch = [&](int64_t epoch, int64_t at) {
    return batches.batch(epoch, at);
  };
  if (splits.validation) {
    callbacks.validate = [&](const Graph& now) {
      return validate(now, *splits.validation, options.others);
    };
  }
  callbacks.on_step = [&](const StepReport& report) { log.add(report); };
  callbacks.on_epoch = [&](const EpochReport& report) {
    log.add(report, splits.validation.has_value());
  };
  callbacks.on_resume = [&](int64_t, int64_t processes) {
    tell_other_count(processes, options.others);
  };
  callbacks.stop = Interrupt::requested;
  Interrupt watching;
  TrainResult result = torch_library().train(graph, options, callbacks);
  if (!result.finished) tell_interrupted(result, options);
  require_valid(result.graph);
  step.seed = options.seed;
  add_processes(options.others, step);
  if (!splits.validation) return result.graph;
  add_measurements(result, *splits.validation, step);
  if (!is_first(options.others)) return result.graph;
  say("on " + std::to_string(splits.validation->size) + samples_text(job) +
      ": before " + percent(result.before) + ", best " + percent(result.best) +
      " (epoch " + std::to_string(result.best_epoch) + " of " +
      std::to_string(options.epochs) + ")");
  return result.graph;
}

void dump_gradients(const Graph& graph, const TrainingJob& job,
                    const Dataset& data, const Graph* teacher,
                    const std::string& path) {
  TrainOptions options = training_options(job);
  if (options.others) {
    throw Error("--dump-gradients: needs all samples in one process, found " +
                std::to_string(options.others->size()) + " processes");
  }
  TrainingData batches = batches_of(graph, job, data, teacher);
  TrainBatch batch = batches.batch(0, 0);
  Gradients found = torch_library().gradients(graph, options, batch);
  Arrays arrays;
  arrays["loss"] = array_of(Shape{}, std::vector<double>{found.loss});
  auto samples = static_cast<int64_t>(batch.labels.size());
  auto size = static_cast<int64_t>(found.logits.size());
  arrays["logits"] = array_of(Shape{samples, size / samples}, found.logits);
  for (const Gradients::Entry& each : found.entries) {
    arrays["value." + each.name] = array_of(each.shape, each.value);
    arrays["gradient." + each.name] = array_of(each.shape, each.gradient);
  }
  write_arrays(arrays, path);
}

}  // namespace nc
