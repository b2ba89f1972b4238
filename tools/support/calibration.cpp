#include "tools/support/calibration.h"

#include <algorithm>

#include "ir/error.h"
#include "passes/spike_activations.h"
#include "runtime/encoding.h"
#include "runtime/framed_samples.h"
#include "tools/support/accuracy.h"
#include "tools/support/choice.h"
#include "tools/support/data.h"
#include "tools/support/main.h"
#include "tools/support/meeting.h"
#include "tools/support/open.h"
#include "tools/support/progress.h"
#include "tools/support/tables.h"
#include "tools/support/torch.h"

namespace nc {
namespace {

// The stored samples that nc-spike later turns into the probe.
constexpr int64_t kProbeSamples = 4;

constexpr auto kTrainingGroup = "Training, for the method qcfs";

void require_no_training(const CLI::App& app, const std::string& method) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->count() == 0 || option->get_group() != kTrainingGroup) continue;
    throw Error("--" + option->get_single_name() +
                " is of the method qcfs, found " + method);
  }
}

bool is_on(const std::string& option, const std::string& text,
           bool automatically) {
  if (text == "auto") return automatically;
  if (text == "on" || text == "off") return text == "on";
  throw Error(option + ": expected on, off or auto, found '" + text + "'");
}

CalibrationOptions complete(const CalibrationJob& job) {
  CalibrationOptions options = job.options;
  options.method = choice<CalibrationMethod>("--method", job.method);
  options.schedule = choice<Schedule>("--schedule", job.schedule);
  options.others = job.training.options.others;
  NeuronKind kind = parse_neuron_kind(job.neuron);
  options.signed_neurons = kind.is_signed;
  options.neuron_levels = kind.levels;
  options.weight_correction =
      is_on("--weight-correction", job.weight_correction,
            options.method == CalibrationMethod::lloyd);
  bool trains = options.method == CalibrationMethod::qcfs;
  options.bias_correction =
      is_on("--bias-correction", job.bias_correction,
            !trains && (options.weight_correction || options.timesteps <= 8));
  if (trains && (options.weight_correction || options.bias_correction)) {
    throw Error(
        "--method qcfs trains weights and biases: it makes no "
        "corrections");
  }
  return options;
}

bool is_quiet(const CalibrationJob& job) {
  return job.quiet || !is_first(job.training.options.others);
}

// Frames of the first samples, [samples, T, ...].
Tensor event_probe(const Dataset& data) {
  int64_t count = std::min(kProbeSamples, data.size);
  std::vector<float> values;
  for (int64_t sample = 0; sample < count; ++sample) {
    std::vector<float> frames = stored_frames(data, sample, *data.events.steps);
    values.insert(values.end(), frames.begin(), frames.end());
  }
  Shape shape = data.shape;
  shape.insert(shape.begin(), {count, *data.events.steps});
  return Tensor(shape, values);
}

Tensor probe_of(const Dataset& data) {
  if (data.is_events()) return event_probe(data);
  int64_t count = std::min(kProbeSamples, data.size);
  Shape shape = data.shape;
  shape.insert(shape.begin(), count);
  auto end = data.values.begin() + element_count(shape);
  if (!data.is_image)
    return Tensor(shape, std::vector(data.values.begin(), end));
  return Tensor(shape, std::vector<uint8_t>(data.values.begin(), end));
}

// Samples to measure on, and what to call them.
struct Measured {
  Dataset data;
  bool is_apart;  // from those that were calibrated on
  const char* name;
};

double measure(const Graph& graph, const Measured& held_out,
               const std::string& name, const CalibrationJob& job, Step& step) {
  RunOptions options;
  options.others = job.training.options.others;
  options.quiet = is_quiet(job);
  options.what = "nc-calibrate: " + name;
  std::unique_ptr<Engine> engine = torch_library().make_engine(graph, {});
  Score score = run_dataset(*engine, graph, held_out.data, options).score;
  step.measurements.push_back({name, score.accuracy(),
                               held_out.is_apart ? "val" : "train",
                               score.samples});
  return score.accuracy();
}

void adopt(Graph& graph, Dataset& data, const CalibrationOptions& options) {
  if (is_framed(data, std::get<Input>(graph.input().op).shape)) {
    adopt_frames(graph, data, options.timesteps);
  } else {
    adopt_data(graph, data);
  }
}

// Those that are dealt to this process.
Dataset own_samples(const Dataset& data, const Processes* others) {
  if (!others) return data;
  if (data.size < others->size()) {
    throw Error("--samples: " + std::to_string(data.size) +
                " are fewer than the " + std::to_string(others->size()) +
                " processes");
  }
  std::vector<int64_t> positions;
  for (int64_t i = others->rank(); i < data.size; i += others->size()) {
    positions.push_back(i);
  }
  return subset(data, positions);
}

// What is not a statistic: preprocessing, range, classes, samples to verify by.
void adopt_form(Graph& graph, const CalibrationJob& job,
                const CalibrationOptions& options) {
  Dataset data = open_data(job.data, Split::train);
  adopt(graph, data, options);
  graph.run.probe = {probe_of(data), {}};
}

// What both kinds of calibration draw from the training split.
struct Drawn {
  Dataset data;
  Graph calibrated;
};

Drawn calibrate_on_draw(Graph& graph, const CalibrationJob& job,
                        const CalibrationOptions& options) {
  Dataset all = open_data(job.data, Split::train);
  Dataset data =
      subset(all, balanced_draw(all.labels, all.size, job.samples, job.seed));
  adopt(graph, data, options);
  graph.run.probe = {probe_of(data), {}};
  Dataset own = own_samples(data, options.others);
  Batch batch = make_batch(graph, own, 0, own.size);
  ProgressLine line("nc-calibrate: layer");
  Graph calibrated = torch_library().calibrate(
      graph, batch, options, [&](int64_t done, int64_t total) {
        if (!is_quiet(job)) line.update(done, total);
      });
  return {std::move(data), std::move(calibrated)};
}

void tell_accuracies(const Graph& ann, const Graph& calibrated,
                     const Measured& held_out, const CalibrationJob& job,
                     const CalibrationOptions& options, Step& step) {
  double before = measure(ann, held_out, "ann_accuracy", job, step);
  double after =
      measure(calibrated, held_out, "quantised_ann_accuracy", job, step);
  if (!is_first(options.others)) return;
  say("on " + std::to_string(held_out.data.size) + " " + held_out.name +
      ": ANN " + percent(before) + ", quantised ANN (L = " +
      std::to_string(options.levels()) + ") " + percent(after));
}

Graph calibrate_on_data(Graph graph, const CalibrationJob& job,
                        const CalibrationOptions& options, Step& step) {
  auto [data, calibrated] = calibrate_on_draw(graph, job, options);
  step.seed = job.seed;
  add_processes(options.others, step);
  if (data.labels.empty() || job.validation == 0) return calibrated;
  Dataset all = open_data(job.data, Split::val);
  all.events.steps = data.events.steps;
  int64_t count = std::min(job.validation, all.size);
  bool apart = is_divided(parse_data_spec(job.data));
  Measured held_out{
      subset(all, balanced_draw(all.labels, all.size, count, job.seed)), apart,
      apart ? "held-out training samples" : "samples that are not held out"};
  tell_accuracies(graph, calibrated, held_out, job, options, step);
  return calibrated;
}

// The best epoch's network takes the place of the one that it started from.
Graph train_on_data(Graph graph, const CalibrationJob& job,
                    const CalibrationOptions& options, const CLI::App& app,
                    Step& step) {
  TrainingJob training = job.training;
  training.data = job.data;
  training.quiet = job.quiet;
  training.validation = job.validation;
  training.options.seed = job.seed;
  training_options(training);  // or its Error, before any work
  std::optional<Graph> teacher = open_teacher(training, &graph);
  auto [data, calibrated] = calibrate_on_draw(graph, job, options);
  TrainingSplits splits = open_training_data(training);
  splits.train.events.steps = data.events.steps;
  if (splits.validation) splits.validation->events.steps = data.events.steps;
  calibrated = run_training(calibrated, training, splits,
                            teacher ? &*teacher : nullptr, app, step);
  if (splits.validation) {
    bool given = !job.training.val_data.empty();
    tell_accuracies(
        graph, calibrated,
        {std::move(*splits.validation), true,
         given ? "validation samples" : "held-out training samples"},
        job, options, step);
  }
  return calibrated;
}

// Without data nothing is known of the input; most networks read images.
void assume_images(Graph& graph) {
  if (graph.run.range.low != graph.run.range.high) return;
  say("no data: assuming 8-bit images, given to the network as x / 255");
  graph.run.preprocessing.scale = 1.0 / 255;
  graph.run.range = {0, 255, true};
}

}  // namespace

void add_calibration_options(CLI::App& app, CalibrationJob& job) {
  app.add_option("--data", job.data,
                 "data, as in fashion-mnist or cifar10:DIR; of it bn takes the "
                 "form alone, no statistics");
  app.add_option("--method", job.method,
                 "max, percentile, lloyd, ltb, bn, or qcfs, which trains "
                 "weights and thresholds with labels")
      ->capture_default_str();
  app.add_option("--percentile", job.options.percentile,
                 "for the method percentile")
      ->capture_default_str();
  app.add_option("-T,--timesteps", job.options.timesteps,
                 "timesteps that the network will run for")
      ->capture_default_str()
      ->check(CLI::Range(1, 4096));
  app.add_option("--schedule", job.schedule,
                 "causal, pipelined or exact; for the corrections")
      ->capture_default_str();
  app.add_option("--neuron", job.neuron, "if, signed-if or levels:N")
      ->capture_default_str();
  app.add_flag("--per-layer", job.options.per_layer,
               "one threshold per layer instead of per channel");
  app.add_option("--bias-correction", job.bias_correction,
                 "on, off or auto (on with weight correction or for T <= 8)")
      ->capture_default_str();
  app.add_option("--weight-correction", job.weight_correction,
                 "reconstruct each layer on quantised inputs: on, off or auto "
                 "(on for the method lloyd)")
      ->capture_default_str();
  app.add_option("--samples", job.samples, "training samples to calibrate on")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000000));
  app.add_option("--validation", job.validation,
                 "held-out training samples to measure on, or all there are; "
                 "0: none")
      ->capture_default_str();
  app.add_option("--seed", job.seed, "of the draw of samples")
      ->capture_default_str();
  app.add_option("--input-shape", job.input_shape,
                 "shape of one sample, for models that do not tell");
  add_patience_option(app, job.training.patience);
  app.add_flag("-q,--quiet", job.quiet, "no progress line");
  size_t others = app.get_options().size();
  add_training_options(app, job.training);
  add_precision_options(app, job.training);
  app.get_option("--teacher")
      ->description(
          "graph or model whose outputs --distill compares with; default: the "
          "input");
  std::vector<CLI::Option*> options = app.get_options();
  for (size_t i = others; i < options.size(); ++i) {
    options[i]->group(kTrainingGroup);
  }
}

Graph open_for_calibration(const std::string& path, const CalibrationJob& job) {
  return open_graph(
      path, import_options(path, job.input_shape, job.data, Split::train));
}

Graph run_calibration(Graph graph, CalibrationJob job, const CLI::App& app,
                      Step& step) {
  CalibrationOptions options = complete(job);
  if (options.method != CalibrationMethod::qcfs) {
    require_no_training(app, job.method);
  }
  if (options.method == CalibrationMethod::bn) {
    job.data.empty() ? assume_images(graph) : adopt_form(graph, job, options);
    return calibrate_from_batchnorm(std::move(graph), options);
  }
  if (job.data.empty()) {
    throw Error("the method " + job.method +
                " needs --data; --method bn needs none");
  }
  if (options.method == CalibrationMethod::qcfs) {
    return train_on_data(std::move(graph), job, options, app, step);
  }
  return calibrate_on_data(std::move(graph), job, options, step);
}

}  // namespace nc
