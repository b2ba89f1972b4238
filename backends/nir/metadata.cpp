#include "backends/nir/metadata.h"

namespace nc::nir {
namespace {

constexpr int64_t kFormatVersion = 1;

Group preprocessing(const Preprocessing& values) {
  return Group()
      .set("scale", values.scale)
      .set("mean", values.mean)
      .set("std", values.std);
}

Group input(const Graph& graph) {
  const auto& op = std::get<Input>(graph.input().op);
  return Group().set("step", op.step).set("low", op.low).set("high", op.high);
}

Group probe(const Probe& stored) {
  std::vector<std::string> nodes;
  std::vector<std::string> hashes;
  for (const auto& [node, hash] : stored.spikes) {
    nodes.push_back(node);
    hashes.push_back(hash);
  }
  return Group()
      .set("input", stored.input)
      .set("nodes", nodes)
      .set("hashes", hashes);
}

std::vector<std::string> history(const Graph& graph) {
  std::vector<std::string> lines;
  for (const Step& step : graph.history) {
    std::string line = step.tool + " " + step.version;
    for (const std::string& each : step.arguments) line += " " + each;
    lines.push_back(line);
  }
  return lines;
}

}  // namespace

Group graph_metadata(const Graph& graph, Profile profile, bool single) {
  const Run& run = graph.run;
  Group range;
  range.set("low", run.range.low)
      .set("high", run.range.high)
      .set("whole", int64_t{run.range.whole});
  Group all;
  all.set("format", std::string("ncc-nir"))
      .set("version", kFormatVersion)
      .set("name", graph.name)
      .set("profile", name_of(profile))
      .set("timesteps", run.timesteps)
      .set("dt", 1.0)
      .set("encoding", name_of(run.encoding))
      .set("schedule", name_of(run.schedule))
      .set("readout", name_of(run.readout))
      .set("integers", int64_t{is_quantized(graph)})
      .set("number", std::string(single ? "float32" : "float64"))
      .set("input", input(graph))
      .set("output",
           Group().set("scale", std::get<Output>(graph.output().op).scale))
      .set("preprocessing", preprocessing(run.preprocessing))
      .set("range", range)
      .set("classes", run.classes)
      .set("probe", probe(run.probe))
      .set("history", history(graph));
  return all;
}

}  // namespace nc::nir
