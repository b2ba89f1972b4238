// Runs the commands of a plan one after the other.
#pragma once

#include <string>
#include <vector>

#include "tools/support/plan.h"

namespace nc {

struct StageTime {
  std::string stage;
  double seconds = 0;
  int status = 0;
};

struct CommandLoop {
  bool verbose = false;      // print each command and run it
  bool only_print = false;   // run nothing
  bool quiet_stdout = true;  // what the programs print goes nowhere
};

// The status of the first command that fails, after which none is run.
int run_commands(const CommandLoop& loop, const std::vector<Command>& commands,
                 std::vector<StageTime>& times);

}  // namespace nc
