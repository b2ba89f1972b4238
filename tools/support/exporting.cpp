#include "tools/support/exporting.h"

#include <map>
#include <nlohmann/json.hpp>
#include <span>

#include "backends/nir/export.h"
#include "backends/nir/file.h"
#include "backends/nir/loader.h"
#include "ir/atomic_file.h"
#include "ir/error.h"
#include "tools/support/choice.h"
#include "tools/support/main.h"
#include "tools/support/step.h"

namespace nc {
namespace {

void write_text(const std::string& path, const std::string& text) {
  write_atomically(path, std::as_bytes(std::span(text)));
}

nir::Exported export_or_throw(const Graph& graph, const std::string& input,
                              nir::Profile profile) {
  try {
    return nir::export_graph(graph, profile);
  } catch (const Error& error) {
    throw error.in(input);
  }
}

// The loader, beside the file; its path, or nothing.
std::string write_loader(const ExportJob& job, nir::Profile profile) {
  if (!job.loader) return "";
  std::string path = nir::loader_path(job.output);
  write_text(path, nir::loader_text(profile, base_name(job.output),
                                    "nc-export-nir " + version()));
  return path;
}

// {"version", "profile", "file", "loader" (or null), "nodes", "edges",
// "types": {type: how many}, "losses": [...]}
std::string report(const nir::Exported& exported, const ExportJob& job,
                   const std::string& loader) {
  nlohmann::ordered_json json;
  json["version"] = version();
  json["profile"] = job.profile;
  json["file"] = job.output;
  json["loader"] = nullptr;
  if (!loader.empty()) json["loader"] = loader;
  json["nodes"] = exported.graph.nodes.size();
  json["edges"] = exported.graph.edges.size();
  std::map<std::string, int> types;
  for (const nir::NirNode& node : exported.graph.nodes) ++types[node.type];
  json["types"] = types;
  json["losses"] = exported.losses;
  return json.dump(1) + "\n";
}

}  // namespace

void add_export_options(CLI::App& app, ExportJob& job) {
  app.add_option("-o,--output", job.output, "NIR file to write; - is stdout")
      ->required();
  app.add_option("--profile", job.profile,
                 "who reads it: generic, snntorch, norse, spikingjelly, "
                 "sinabs or exact (resets as loops of NIR's primitives)")
      ->capture_default_str();
  app.add_flag("--loader", job.loader,
               "write load_NAME.py beside it, with load() and run()");
  app.add_option("--json", job.json,
                 "write nodes, edges and losses as JSON; - is stdout");
}

void run_export(const Graph& graph, const std::string& input,
                const ExportJob& job) {
  auto profile = choice<nir::Profile>("--profile", job.profile);
  if (job.loader && job.output == "-") {
    throw Error("--loader: needs a file to stand beside, found -o -");
  }
  if (job.json == "-" && job.output == "-") {
    throw Error("--json -: standard output is the network's (-o -)");
  }
  nir::Exported exported = export_or_throw(graph, input, profile);
  for (const std::string& loss : exported.losses) {
    say(job.profile + ": " + loss);
  }
  write_atomically(job.output, nir::to_bytes(exported.graph));
  std::string loader = write_loader(job, profile);
  if (!job.json.empty()) write_text(job.json, report(exported, job, loader));
}

}  // namespace nc
