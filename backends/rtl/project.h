// The parts of a generated project, each made from the plan.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "backends/hls/project.h"
#include "backends/rtl/plan.h"

namespace nc {

// What every part is made from.
struct RtlProject {
  const Graph& graph;
  const RtlOptions& options;
  const HlsGolden& golden;
  const RtlPlan& plan;
};

// snn.v: the network, one instance per layer.
ProjectFile rtl_top(const RtlProject& project);
// bench.v and pins.v around it, and pins_bench.v around these.
ProjectFile rtl_bench(const RtlProject& project);
ProjectFile rtl_pins(const RtlProject& project);
ProjectFile rtl_pins_bench(const RtlProject& project);
// weights/: tables for $readmemh.
std::vector<ProjectFile> rtl_tables(const RtlProject& project);
// tb_data/: the tokens that go in, and all that must come.
std::vector<ProjectFile> rtl_golden(const RtlProject& project);
// report.json and README.md.
nlohmann::ordered_json rtl_report(const RtlProject& project);
ProjectFile rtl_readme(const RtlProject& project,
                       const nlohmann::ordered_json& report);

// Files that are the same in every project: verilog/ and project/ of the
// source tree, built in.
std::span<const EmbeddedFile> rtl_files();

}  // namespace nc
