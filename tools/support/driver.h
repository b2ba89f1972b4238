// What ncc does: options, the loop over the plan, and the summary.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "tools/support/plan.h"

namespace nc {

struct DriverJob {
  DriverOptions options;
  int64_t timesteps = 0;           // -T; 0: not given
  std::string strategy;            // as in plan.h, or auto
  double gap = -1;                 // --target-gap; below 0: not given
  std::string held_out;            // --val-data
  std::vector<std::string> extra;  // -W, as given
  bool verbose = false;            // -v
  bool only_print = false;         // -###
  bool save_temps = false;
  bool check = false;
  std::string json;
};

void add_driver_options(CLI::App& app, DriverJob& job);

// Gives the exit status.
int drive(const DriverJob& job);

}  // namespace nc
