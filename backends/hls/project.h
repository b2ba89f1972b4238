// The parts of a generated project, each made from the plan.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "backends/hls/plan.h"

namespace nc {

// What every part is made from.
struct HlsProject {
  const Graph& graph;
  const HlsOptions& options;
  const HlsGolden& golden;
  const HlsPlan& plan;
};

// snn.h, snn.cpp: the top function and its chain of calls.
ProjectFile chain_header(const HlsProject& project);
ProjectFile chain_source(const HlsProject& project);
// layers.h: a struct per layer.
ProjectFile layer_structs(const HlsPlan& plan);
// weights/LAYER.h: the tables of each layer that has any.
std::vector<ProjectFile> table_headers(const HlsPlan& plan);
// metadata.h: what the test bench and the library know of the network.
ProjectFile metadata(const HlsProject& project);
// tb_data/: probe input, spikes of every layer, outputs.
std::vector<ProjectFile> golden_files(const HlsProject& project);
// The bounds of every node and the bits that they need.
nlohmann::ordered_json width_report(const Graph& graph);
// report.json, report.txt and README.md.
nlohmann::ordered_json report_of(const HlsProject& project);
ProjectFile report_table(const nlohmann::ordered_json& report);
ProjectFile readme(const HlsProject& project,
                   const nlohmann::ordered_json& report);

// Files that are the same in every project: kernels/ and project/ of the
// source tree, built in.
struct EmbeddedFile {
  const char* name;  // "kernels/pools.h", "project/tb.cpp"
  const char* content;
};
std::span<const EmbeddedFile> embedded_files();

}  // namespace nc
