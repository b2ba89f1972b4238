// Starts a program and waits for it. No shell.
#pragma once

#include <string>
#include <vector>

namespace nc {

// The exit status; 128 + signal for a program that was killed. `quiet_stdout`
// sends its standard output to /dev/null. Throws Error when it cannot start.
int run_program(const std::vector<std::string>& words, bool quiet_stdout);

}  // namespace nc
