#include "backends/rtl/rtl.h"

#include <nlohmann/json.hpp>

#include "backends/rtl/project.h"

namespace nc {
namespace {

// Everything lies at the top but the modules, which keep a folder.
std::vector<ProjectFile> ready_files() {
  const std::string kTop = "project/";
  std::vector<ProjectFile> files;
  for (const EmbeddedFile& each : rtl_files()) {
    std::string name = each.name;
    if (name.starts_with(kTop)) name = name.substr(kTop.size());
    files.push_back({name, each.content, name.ends_with(".py")});
  }
  return files;
}

void append(std::vector<ProjectFile>& files, std::vector<ProjectFile> more) {
  for (ProjectFile& each : more) files.push_back(std::move(each));
}

}  // namespace

std::vector<ProjectFile> generate_rtl(const Graph& graph,
                                      const RtlOptions& options,
                                      const HlsGolden& golden) {
  RtlPlan plan = plan_rtl(graph, options, golden);
  RtlProject project{graph, options, golden, plan};
  std::vector<ProjectFile> files = ready_files();
  append(files, {rtl_top(project), rtl_bench(project), rtl_pins(project)});
  append(files, rtl_tables(project));
  append(files, rtl_golden(project));
  nlohmann::ordered_json report = rtl_report(project);
  std::string device = options.device.empty() ? "hx8k" : options.device;
  append(files, {{"report.json", report.dump(1) + "\n"},
                 {"device.mk", "DEVICE ?= " + device + "\n"},
                 rtl_readme(project, report)});
  return files;
}

}  // namespace nc
