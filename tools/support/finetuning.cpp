#include "tools/support/finetuning.h"

#include <algorithm>
#include <optional>

#include "ir/error.h"
#include "passes/store_probe.h"
#include "tools/support/data.h"
#include "tools/support/meeting.h"
#include "tools/support/open.h"
#include "tools/support/spiking.h"

namespace nc {
namespace {

constexpr int64_t kProbeSamples = 4;

// What nc-spike promised of the network's sums.
int64_t current_limit(const Graph& graph) {
  int64_t limit = 0;
  for (const Step& step : graph.history) {
    if (step.tool != "nc-spike") continue;
    auto option =
        std::find(step.arguments.begin(), step.arguments.end(), "--limits");
    bool loihi = step.arguments.end() - option > 1 && option[1] == "loihi2";
    limit = loihi ? kLoihiCurrentLimit : 0;
  }
  return limit;
}

// Stored spikes are those of the network that it was.
Graph with_probe(Graph graph) {
  if (!is_quantized(graph)) {
    graph.run.probe.spikes.clear();
    return graph;
  }
  Batch probe = graph.run.probe.input.empty()
                    ? random_probe(graph, kProbeSamples)
                    : probe_batch(graph);
  return store_probe(std::move(graph), probe);
}

}  // namespace

void add_finetuning_options(CLI::App& app, FinetuningJob& job) {
  TrainingJob& training = job.training;
  app.add_option("--data", training.data,
                 "data, as in fashion-mnist or cifar10:DIR")
      ->required();
  app.add_option("--input-shape", job.input_shape,
                 "shape of one sample, for models that do not tell: 3,32,32");
  app.add_option("--validation", training.validation,
                 "held-out samples to choose the best epoch on, or all there "
                 "are; 0: the last epoch is taken, which is fairer where the "
                 "source has learned from these samples")
      ->capture_default_str()
      ->check(CLI::Range(int64_t{0}, int64_t{1} << 40));
  app.add_option("--seed", training.options.seed,
                 "of the order of samples, augmentation and fresh weights")
      ->capture_default_str();
  add_training_options(app, training);
  add_precision_options(app, training);
  add_bptt_options(app, training);
  app.add_option("--dump-gradients", job.gradients,
                 "write the first batch's loss and gradients to a .npz file, "
                 "train nothing");
  add_patience_option(app, training.patience);
  app.add_flag("-q,--quiet", training.quiet, "no progress line");
}

Graph open_for_finetuning(const std::string& path, const FinetuningJob& job) {
  return open_graph(path, import_options(path, job.input_shape,
                                         job.training.data, Split::train));
}

Graph run_finetuning(Graph graph, const FinetuningJob& job, const CLI::App& app,
                     Step& step) {
  training_options(job.training);  // or its Error, before any work
  std::optional<Graph> teacher = open_teacher(job.training, nullptr);
  TrainingSplits splits = open_training_data(job.training);
  adopt_data(graph, splits.train);
  TrainingJob training = job.training;
  training.options.current_limit = current_limit(graph);
  graph = run_training(graph, training, splits, teacher ? &*teacher : nullptr,
                       app, step);
  return with_probe(std::move(graph));
}

void dump_gradients(Graph graph, const FinetuningJob& job) {
  std::optional<Graph> teacher = open_teacher(job.training, nullptr);
  Dataset data = open_data(job.training.data, Split::train);
  adopt_data(graph, data);
  dump_gradients(graph, job.training, data, teacher ? &*teacher : nullptr,
                 job.gradients);
}

}  // namespace nc
