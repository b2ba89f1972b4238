// What a training says while it runs: a progress line, a line per epoch, and
// the log of --log: one JSON object a line, added to what the file holds (a
// resumed training repeats the steps behind its checkpoint). No times in it:
// the same training gives the same lines.
#pragma once

#include <chrono>
#include <fstream>
#include <string>

#include "tools/support/progress.h"
#include "tools/support/training.h"

namespace nc {

class TrainingLog {
 public:
  // Throws Error when the log cannot be written.
  TrainingLog(const std::string& tool, const TrainingJob& job,
              const TrainOptions& options);

  void add(const StepReport& report);
  void add(const EpochReport& report, bool validated);

 private:
  using Clock = std::chrono::steady_clock;

  void write(const std::string& line);

  std::string path_;
  std::ofstream file_;
  ProgressLine progress_;
  bool quiet_;
  int64_t batch_;
  int64_t steps_;
  int64_t epochs_;
  int64_t first_ = -1;  // step that this process began with
  Clock::time_point start_;
};

}  // namespace nc
