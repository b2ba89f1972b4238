// Tries strategies (strategy.h) in order of cost, each by the programs that the
// driver's plan names, and measures each network on held-out training data.
#pragma once

#include <string>
#include <vector>

#include "tools/support/commands.h"
#include "tools/support/strategy.h"

namespace nc {

struct TrialJob {
  DriverOptions options;  // of which each trial changes some
  CommandLoop loop;
  double gap = kDefaultGap;        // that is good enough, percentage points
  std::vector<int64_t> timesteps;  // to be tried, ascending
  std::string held_out;            // data specification
};

struct TrialResult {
  std::vector<Trial> trials;
  Choice choice;
  double ann = 0;       // accuracy of the source
  std::string work;     // folder of the chosen trial, with what it made
  std::string network;  // in that folder
};

// Throws Error when every strategy failed. With only_print the commands of all
// trials are printed and the result is empty.
TrialResult run_trials(const TrialJob& job);

// The driver's options, now those of the chosen trial.
DriverOptions options_after(const TrialResult& result, DriverOptions options);

// Copies the chosen network to where the plan would make it, and drops the
// commands that would.
void reuse_network(const TrialResult& result, Plan& plan);

// The validation split of the data that strategies are made from. Throws Error
// for an array file, which is one set, and where a split is given.
std::string held_out_split(const std::string& data);

}  // namespace nc
