#include "backends/rtl/rtl.h"

#include <nlohmann/json.hpp>

#include "backends/rtl/devices.h"
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

// The device to build for, which is the first that the network fits unless one
// was given; and why it does not fit the others, by an estimate.
std::string device_settings(const RtlProject& project) {
  std::string chosen = project.options.device;
  std::string misfits;
  for (const RtlDevice& each : rtl_devices()) {
    std::string misfit = rtl_misfit(project.plan, each);
    if (misfit.empty() && chosen.empty()) chosen = each.name;
    if (misfit.empty()) continue;
    misfits += "misfit_" + std::string(each.name) + " := " + misfit + "\n";
  }
  if (chosen.empty()) chosen = rtl_devices().back().name;
  return "DEVICE ?= " + chosen + "\n" + misfits;
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
  append(files, {rtl_top(project), rtl_bench(project), rtl_pins(project),
                 rtl_pins_bench(project)});
  append(files, rtl_tables(project));
  append(files, rtl_golden(project));
  nlohmann::ordered_json report = rtl_report(project);
  append(files, {{"report.json", report.dump(1) + "\n"},
                 {"device.mk", device_settings(project)},
                 rtl_readme(project, report)});
  return files;
}

}  // namespace nc
