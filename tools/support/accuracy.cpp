#include "tools/support/accuracy.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "ir/error.h"
#include "ir/shapes.h"
#include "runtime/encoding.h"
#include "tools/support/progress.h"

namespace nc {
namespace {

constexpr int64_t kMostBatch = 512;

// The torch engine is given so many samples that the widest layer's values over
// all steps stay near 16 MB as floats: they are then taken from the heap again
// and again, not from the kernel page by page. The others cut batches up
// themselves, so that only what is read out counts.
int64_t batch_size(const Engine& engine, const Graph& graph,
                   const Wishes& wishes) {
  int64_t widest = 1, fired = 0;
  for (const auto& [name, shape] : infer_shapes(graph)) {
    int64_t elements = element_count(shape);
    widest = std::max(widest, elements);
    if (as_neuron(graph.at(name).op)) fired += elements;
  }
  int64_t steps = std::max<int64_t>(graph.run.timesteps, 1);
  if (engine.name() == "torch") {
    return std::clamp<int64_t>(4'000'000 / (widest * steps), 1, kMostBatch);
  }
  if (!wishes.spikes && !wishes.membranes) return kMostBatch;
  return std::clamp<int64_t>(64'000'000 / (fired * steps + 1), 1, kMostBatch);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  std::chrono::duration<double> passed =
      std::chrono::steady_clock::now() - start;
  return passed.count();
}

void add_scores(std::vector<Score>& total, const std::vector<Score>& more) {
  total.resize(more.size());
  for (size_t i = 0; i < more.size(); ++i) total[i] += more[i];
}

void add_layers(std::vector<LayerCount>& total,
                const std::vector<LayerCount>& more) {
  if (total.empty()) {
    total = more;
    return;
  }
  for (size_t i = 0; i < more.size(); ++i) {
    total[i].spikes += more[i].spikes;
    total[i].events += more[i].events;
  }
}

// A warning of the form "text: N events" comes from every batch; the last one
// of each node stands for all.
void add_warnings(std::vector<std::string>& total,
                  const std::vector<std::string>& more) {
  for (const std::string& each : more) {
    if (std::find(total.begin(), total.end(), each) == total.end()) {
      total.push_back(each);
    }
  }
}

std::span<const int64_t> labels_of(const Dataset& data, int64_t first,
                                   int64_t count) {
  if (data.labels.empty()) return {};
  return std::span(data.labels)
      .subspan(static_cast<size_t>(first), static_cast<size_t>(count));
}

// The samples that this process runs.
Part own_part(const Dataset& data, const Processes* others) {
  if (!others) return {0, data.size};
  if (data.size < others->size()) {
    throw Error(data.name + ": " + std::to_string(data.size) +
                " samples are fewer than the " +
                std::to_string(others->size()) + " processes");
  }
  return part_of(data.size, others->rank(), others->size());
}

// All that counts samples, scores and spikes.
std::vector<int64_t*> counts_of(RunResult& result) {
  std::vector<int64_t*> counts = {&result.samples, &result.score.correct,
                                  &result.score.samples};
  for (Score& each : result.by_step) {
    counts.insert(counts.end(), {&each.correct, &each.samples});
  }
  for (LayerCount& each : result.layers) {
    counts.insert(counts.end(), {&each.spikes, &each.events});
  }
  return counts;
}

void add_up(RunResult& result, Processes& others) {
  std::vector<int64_t*> counts = counts_of(result);
  std::vector<int64_t> sums;
  for (const int64_t* each : counts) sums.push_back(*each);
  others.add_up(sums.data(), static_cast<int64_t>(sums.size()));
  for (size_t i = 0; i < counts.size(); ++i) *counts[i] = sums[i];
}

}  // namespace

RunResult run_dataset(Engine& engine, const Graph& graph, const Dataset& data,
                      const RunOptions& options, const Receiver& receive) {
  if (data.size == 0) throw Error(data.name + ": no samples");
  int64_t size = options.batch > 0 ? options.batch
                                   : batch_size(engine, graph, options.wishes);
  auto start = std::chrono::steady_clock::now();
  ProgressLine progress(options.what);
  RunResult result;
  std::map<std::string, Sha256> hashes;
  const Part part = own_part(data, options.others);
  const int64_t end = part.first + part.count;
  for (int64_t first = part.first; first < end; first += size) {
    int64_t count = std::min(size, end - first);
    Batch batch = make_batch(graph, data, first, count, options.seed);
    auto begin = std::chrono::steady_clock::now();
    Outputs outputs = engine.run(batch, options.wishes);
    result.engine_seconds += seconds_since(begin);
    auto labels = labels_of(data, first, count);
    if (!labels.empty()) {
      result.score += score(outputs, labels);
      add_scores(result.by_step, score_by_step(outputs, labels));
    }
    add_layers(result.layers, outputs.layers);
    add_warnings(result.warnings, outputs.warnings);
    for (const auto& [name, train] : outputs.trains) {
      hashes[name].update(std::as_bytes(std::span(train.spikes)));
    }
    result.samples += count;
    if (receive) receive(outputs);
    if (!options.quiet) {
      progress.update(first + count - part.first, part.count);
    }
  }
  if (options.others) add_up(result, *options.others);
  for (auto& [name, hash] : hashes) result.spike_hashes[name] = hash.hex();
  result.seconds = seconds_since(start);
  return result;
}

}  // namespace nc
