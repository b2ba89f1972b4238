// What nc-export-nir does between reading and writing.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "ir/graph.h"

namespace nc {

struct ExportJob {
  std::string output;
  std::string profile = "generic";
  bool loader = false;
  std::string json;
};

void add_export_options(CLI::App& app, ExportJob& job);

// Writes the files and says what is lost; the graph's errors name `input`.
void run_export(const Graph& graph, const std::string& input,
                const ExportJob& job);

}  // namespace nc
