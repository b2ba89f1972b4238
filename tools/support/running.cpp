#include "tools/support/running.h"

#include "ir/error.h"
#include "passes/store_probe.h"
#include "runtime/encoding.h"
#include "runtime/outputs_file.h"
#include "runtime/parallel.h"
#include "runtime/reference.h"
#include "tools/support/choice.h"
#include "tools/support/costs.h"
#include "tools/support/data.h"
#include "tools/support/main.h"
#include "tools/support/meeting.h"
#include "tools/support/open.h"
#include "tools/support/report.h"
#include "tools/support/tables.h"

namespace nc {
namespace {

// Runs the stored probe; says which layers differ.
bool verified(Engine& engine, const Graph& graph) {
  if (graph.run.probe.spikes.empty()) {
    throw Error(
        "the graph holds no spike hashes to verify (nc-spike stores "
        "them)");
  }
  Outputs outputs = engine.run(probe_batch(graph), Wishes{.spikes = true});
  for (const std::string& warning : outputs.warnings) warn(warning);
  std::map<std::string, std::string> found;
  for (const auto& [name, hash] : spike_hashes(outputs)) found[name] = hash;
  size_t differ = 0;
  for (const auto& [name, hash] : graph.run.probe.spikes) {
    if (found[name] == hash) continue;
    warn("node '" + name + "': the spikes on the probe differ");
    ++differ;
  }
  size_t layers = graph.run.probe.spikes.size();
  say(engine.name() + ": " + std::to_string(layers - differ) + " of " +
      std::to_string(layers) + " layers give the stored spikes on " +
      std::to_string(outputs.samples) + " probe samples");
  return differ == 0;
}

// Appends batches to one.
void append(Outputs& all, const Outputs& more) {
  all.samples += more.samples;
  all.shape = more.shape;
  all.values.insert(all.values.end(), more.values.begin(), more.values.end());
}

// This process's outputs to those of all, in the order of the data.
void gather(Outputs& outputs, int64_t samples, Processes& others) {
  size_t each = outputs.values.size() / static_cast<size_t>(outputs.samples);
  Part part = part_of(samples, others.rank(), others.size());
  std::vector<double> all(static_cast<size_t>(samples) * each);
  std::copy(outputs.values.begin(), outputs.values.end(),
            all.begin() + part.first * static_cast<int64_t>(each));
  others.add_up(all.data(), static_cast<int64_t>(all.size()));
  outputs.values = std::move(all);
  outputs.samples = samples;
}

void write_trace_file(Engine& engine, const Graph& graph, const Dataset& data,
                      const RunJob& job) {
  int64_t count = std::min(job.trace_samples, data.size);
  Outputs outputs =
      engine.run(make_batch(graph, data, 0, count, job.seed),
                 Wishes{.by_step = true, .spikes = true, .membranes = true});
  std::vector<int64_t> labels;
  if (!data.labels.empty()) {
    labels.assign(data.labels.begin(), data.labels.begin() + count);
  }
  write_trace(outputs, labels, job.trace);
}

ImportOptions options_of(const RunJob& job) {
  ImportOptions options =
      import_options(job.input, job.input_shape, job.data, Split::test);
  set_nir_options(job.nir, options.nir);
  return options;
}

void run_on_data(Engine& engine, Graph& graph, const RunJob& job,
                 Processes* others) {
  if (others && job.hash) {
    throw Error("--hash: needs all spikes in one process, found " +
                std::to_string(others->size()) + " processes");
  }
  bool first = !others || others->rank() == 0;  // the one that reports
  Dataset data = open_data(job.data, Split::test);
  adopt_data(graph, data);
  if (job.by_step && graph.run.schedule == Schedule::exact) {
    throw Error(
        "--accuracy-by-step: the exact schedule has no answer before "
        "the last step");
  }
  RunOptions options;
  options.batch = job.batch;
  options.seed = job.seed;
  options.wishes.by_step = job.by_step;
  options.wishes.spikes = job.hash;
  options.quiet = job.quiet || !first;
  options.others = others;
  options.what = "nc-run: " + data.split + " samples";
  Outputs all;
  Receiver keep;
  if (!job.outputs.empty()) {
    keep = [&](const Outputs& batch) { append(all, batch); };
  }
  RunResult result = run_dataset(engine, graph, data, options, keep);
  for (const std::string& warning : result.warnings) warn(warning);
  if (!job.outputs.empty() && others) gather(all, data.size, *others);
  Report report{graph, data, engine.name(), job.seed, result, {}, {}, 1};
  if (others) report.processes = others->size();
  report.passes.push_back(result.engine_seconds);
  options.quiet = true;
  for (int64_t pass = 1; pass < job.repeat; ++pass) {
    report.passes.push_back(
        run_dataset(engine, graph, data, options).engine_seconds);
  }
  if (!first) return;
  if (!job.outputs.empty()) write_outputs(all, job.outputs);
  if (job.explain) report.costs = costs_of(engine);
  if (!job.trace.empty()) write_trace_file(engine, graph, data, job);
  if (!job.json.empty()) write_json(report, job.json);
  if (job.json != "-") print(text_of(report));
}

}  // namespace

void add_run_options(CLI::App& app, RunJob& job) {
  app.add_option("input", job.input, "graph or model to run; - is stdin")
      ->required();
  app.add_option("--data", job.data,
                 "data, by default its test split: fashion-mnist, FILE.npz");
  app.add_option("--engine", job.engine.name,
                 "cpu, reference, torch or loihi (default: cpu)");
  app.add_option("--device", job.engine.device,
                 "of the torch engine: cpu, cuda")
      ->default_str("cpu");
  app.add_option("--threads", job.engine.threads, "0: one per core")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
  app.add_option("--memory", job.engine.megabytes,
                 "MB that the cpu engine may take, weights aside")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--path", job.path,
                 "of the cpu engine's convolutions: measured (the faster), "
                 "dense, events")
      ->capture_default_str();
  app.add_option("--repeat", job.repeat,
                 "runs over the data, for their times (passes in the report)")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_flag("--explain", job.explain,
               "how the cpu engine computed each layer, and how fast");
  app.add_option("--batch", job.batch, "samples at once; 0: chosen by size")
      ->check(CLI::Range(0, 1 << 20))
      ->capture_default_str();
  app.add_option("--seed", job.seed, "of the spikes of the encoding rate")
      ->capture_default_str();
  app.add_option("--input-shape", job.input_shape,
                 "shape of one sample, for models that do not tell");
  add_nir_options(app, job.nir);
  app.add_flag("--accuracy-by-step", job.by_step,
               "accuracy at every t <= T, from one run");
  app.add_flag("--verify", job.verify,
               "check the stored spikes on the stored probe; status 1 if they "
               "differ");
  app.add_flag("--hash", job.hash,
               "SHA-256 of every layer's spikes over the data, to compare "
               "engines by");
  app.add_option("--outputs", job.outputs,
                 "write all outputs to an HDF5 file, in the order of the data");
  app.add_option("--trace", job.trace,
                 "write spikes and membranes to an HDF5 file");
  app.add_option("--trace-samples", job.trace_samples,
                 "how many samples the trace holds")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--json", job.json, "write the report as JSON; - is stdout");
  add_patience_option(app, job.patience);
  app.add_flag("-q,--quiet", job.quiet, "no progress line");
  add_stream_options(app, job.stream);
}

int run_job(const RunJob& job) {
  bool streams = !job.stream.events.empty();
  if (job.data.empty() && !job.verify && !streams) {
    throw Error("nothing to do: give --data, --stream or --verify");
  }
  if (streams && !job.engine.name.empty() && job.engine.name != "cpu") {
    throw Error("--stream runs on the cpu engine, found --engine " +
                job.engine.name);
  }
  std::unique_ptr<Processes> others;
  if (!job.data.empty()) others = meet_others("run", job.patience);
  Graph graph = open_graph(job.input, options_of(job));
  std::unique_ptr<Engine> engine;
  try {
    EngineChoice chosen = job.engine;
    chosen.path = choice<PathPolicy>("--path", job.path);
    if (others && chosen.threads == 0) {
      chosen.threads = threads_here(others.get());
    }
    engine = make_engine(graph, chosen);
    if (job.explain && engine->name() != "cpu") {
      throw Error("--explain is of the cpu engine, found " + engine->name());
    }
  } catch (const Error& error) {
    throw error.in(job.input);
  }
  if (job.verify && !verified(*engine, graph)) return 1;
  if (streams)
    run_stream(graph, job.stream,
               job.engine.threads > 0 ? job.engine.threads : default_threads());
  if (!job.data.empty()) {
    run_on_data(*engine, graph, job, others.get());
  }
  return 0;
}

}  // namespace nc
