#include "tools/support/commands.h"

#include <chrono>
#include <cstdio>

#include "tools/support/process.h"
#include "tools/support/quoted.h"

namespace nc {
namespace {

StageTime run_command(const Command& command, bool quiet_stdout) {
  auto start = std::chrono::steady_clock::now();
  int status = run_program(command.words, quiet_stdout);
  std::chrono::duration<double> passed =
      std::chrono::steady_clock::now() - start;
  return {command.stage, passed.count(), status};
}

}  // namespace

int run_commands(const CommandLoop& loop, const std::vector<Command>& commands,
                 std::vector<StageTime>& times) {
  for (const Command& command : commands) {
    if (loop.verbose || loop.only_print) {
      std::fprintf(stderr, "%s\n", quoted(command.words).c_str());
    }
    if (loop.only_print) continue;
    times.push_back(run_command(command, loop.quiet_stdout));
    if (times.back().status != 0) return times.back().status;
  }
  return 0;
}

}  // namespace nc
