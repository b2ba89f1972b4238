// What a whole run of the driver came to, for people and machines.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/support/commands.h"
#include "tools/support/trials.h"

namespace nc {

struct Summary {
  const DriverOptions& options;
  Plan plan;
  std::vector<StageTime> times;
  std::optional<TrialResult> trials;  // of --strategy auto
};

std::string text_of(const Summary& summary);

// {"ann": {accuracy, correct, samples, ...}, "quantised_ann", "snn" (null when
// not measured), "stages": [{stage, seconds}], "files": {network, ...}}, and
// "strategy": {taken, timesteps, reason, good_enough, trials} of --strategy
// auto
void write_json(const Summary& summary, const std::string& path);

}  // namespace nc
