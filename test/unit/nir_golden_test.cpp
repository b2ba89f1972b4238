// Files of other programs: the traces of the NIR paper's first experiment and
// what the reference library writes. Skipped, aloud, where they are absent.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "ir/atomic_file.h"
#include "ir/error.h"
#include "ir/shapes.h"
#include "ir/verify.h"
#include "passes/nir.h"
#include "runtime/cpu/engine.h"
#include "runtime/reference.h"
#include "test/support/compare.h"

namespace nc {
namespace {

std::string golden(const std::string& file) {
  const char* folder = std::getenv("NCC_GOLDEN");
  return (folder ? folder : std::string(NCC_SOURCE_DIR) + "/../shared/golden") +
         "/nir/" + file;
}

bool is_there(const std::string& file) {
  bool found = std::ifstream(golden(file)).good();
  if (!found) WARN("skipped: no " << golden(file));
  return found;
}

Imported import(const std::string& file, const ImportOptions& options = {}) {
  constexpr size_t kMost = 1 << 24;
  return import_nir(read_whole(golden(file), kMost), file, options);
}

// Columns input, membrane and spikes, a row a step.
struct Trace {
  std::vector<double> input, membrane, spikes;
};

Trace read_trace(const std::string& file) {
  std::ifstream stream(golden(file));
  Trace trace;
  for (std::string line; std::getline(stream, line);) {
    std::istringstream cells(line);
    char comma = 0;
    double input = 0, membrane = 0, spike = 0;
    cells >> input >> comma >> membrane >> comma >> spike;
    trace.input.push_back(input);
    trace.membrane.push_back(membrane);
    trace.spikes.push_back(spike);
  }
  return trace;
}

ImportOptions lif_options(Discretisation discretisation, NirReset reset) {
  ImportOptions options;
  options.nir.dt = 1e-4;
  options.nir.timesteps = 1000;
  options.nir.discretisation = discretisation;
  options.nir.reset = reset;
  return options;
}

// The largest difference of membranes, in f32 as the recorders computed;
// `gain` is what the recorder had multiplied the input with.
double difference_from(const std::string& file, const ImportOptions& options,
                       double gain) {
  Trace trace = read_trace(file);
  Graph graph = import("lif_norse.nir", options).graph;
  Batch batch{1, 1000, {1}, {}};
  for (double value : trace.input) {
    batch.values.push_back(static_cast<float>(value / gain));
  }
  Outputs found = make_cpu_engine(graph, {})->run(
      batch, Wishes{.spikes = true, .membranes = true});
  REQUIRE(found.trains.size() == 1);
  const Train& train = found.trains.begin()->second;
  REQUIRE(trace.spikes.size() == train.spikes.size());
  double most = 0;
  for (size_t t = 0; t < train.spikes.size(); ++t) {
    CHECK(train.spikes[t] == trace.spikes[t]);
    most = std::max(most, std::abs(train.membrane[t] - trace.membrane[t]));
  }
  return most;
}

TEST_CASE("the LIF neuron of the NIR paper gives Norse's recorded trace") {
  if (!is_there("lif_norse.csv")) return;
  CHECK(difference_from("lif_norse.csv",
                        lif_options(Discretisation::euler, NirReset::zero),
                        1) <= 4.8e-8);
}

TEST_CASE("and, by the exponential, those of Rockpool and sinabs") {
  if (!is_there("lif_rockpool.csv")) return;
  ImportOptions options =
      lif_options(Discretisation::exponential, NirReset::file);
  CHECK(difference_from("lif_rockpool.csv", options, 1) <= 4e-9);
  CHECK(difference_from("lif_sinabs.csv", options, 0.04) <= 4e-9);
}

TEST_CASE("every file of the reference library runs, whatever it holds") {
  const std::map<std::string, Shape> outputs = {
      {"braille.nir", {7}},
      {"lif_norse.nir", {1}},
      {"nir107_all_primitives.nir", {6}},
      {"nir107_conv1d_same.nir", {3, 16}},
      {"nir107_conv_if_sumpool_flat-3.nir", {5}},
      {"nir107_residual_affine_skip.nir", {5}},
      {"nir107_residual_identity.nir", {5}}};
  for (const auto& [file, shape] : outputs) {
    INFO(file);
    if (!is_there(file)) continue;
    Imported imported = import(file);
    require_valid(imported.graph);
    for (const Conversion& row : imported.table) {
      CHECK(row.verdict != Conversion::Verdict::refused);
    }
    Batch batch = test::random_batch(imported.graph, 2, 1);
    Outputs found = make_reference_engine(imported.graph)->run(batch);
    CHECK(found.shape == shape);
  }
}

TEST_CASE("the recurrent Braille network reads its spikes one step later") {
  if (!is_there("braille.nir")) return;
  Graph graph = import("braille.nir").graph;
  CHECK(graph.at("lif1.w_rec").inputs == std::vector<std::string>{"@lif1.lif"});
  const auto& lif = std::get<Lif>(graph.at("lif1.lif").op);
  CHECK(lif.decay.to_doubles()[0] == Approx(0.9));  // 1 - 1e-4 / 0.001
  CHECK(lif.reset == Reset::subtract);
}

}  // namespace
}  // namespace nc
