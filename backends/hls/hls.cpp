#include "backends/hls/hls.h"

#include <nlohmann/json.hpp>

#include "backends/hls/project.h"

namespace nc {
namespace {

// Kernels keep their folder; the rest of a project lies at its top.
std::vector<ProjectFile> ready_files() {
  const std::string kTop = "project/";
  std::vector<ProjectFile> files;
  for (const EmbeddedFile& each : embedded_files()) {
    std::string name = each.name;
    if (name.starts_with(kTop)) name = name.substr(kTop.size());
    files.push_back({name, each.content, name.ends_with(".sh")});
  }
  return files;
}

void append(std::vector<ProjectFile>& files, std::vector<ProjectFile> more) {
  for (ProjectFile& each : more) files.push_back(std::move(each));
}

}  // namespace

std::vector<ProjectFile> generate_hls(const Graph& graph,
                                      const HlsOptions& options,
                                      const HlsGolden& golden) {
  HlsPlan plan = plan_hls(graph, options, golden.frames);
  HlsProject project{graph, options, golden, plan};
  nlohmann::ordered_json report = report_of(project);
  std::vector<ProjectFile> files = ready_files();
  append(files, {chain_header(project), chain_source(project),
                 layer_structs(plan), metadata(project)});
  append(files, table_headers(plan));
  append(files, golden_files(project));
  append(files, {{"report.json", report.dump(1) + "\n"},
                 report_table(report),
                 readme(project, report)});
  return files;
}

}  // namespace nc
