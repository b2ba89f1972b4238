// Starts programs one after the other and waits for each. No shell.
#pragma once

#include <string>
#include <vector>

namespace nc {

// From now on a signal that asks this program to end (SIGINT, SIGTERM, SIGHUP)
// goes to the program that it waits for, and run_program() throws: whoever
// called it can clean up behind itself. A broken pipe is an error of writing.
void forward_signals();

// The exit status. `quiet_stdout` sends its standard output to /dev/null.
// Throws Error when it cannot start or was killed, or we were asked to end.
int run_program(const std::vector<std::string>& words, bool quiet_stdout);

}  // namespace nc
