// What a whole run of the driver came to, for people and machines.
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

struct Summary {
  const DriverOptions& options;
  Plan plan;
  std::vector<StageTime> times;
};

std::string text_of(const Summary& summary);

// {"ann": {accuracy, correct, samples, ...}, "quantised_ann", "snn" (null when
// not measured), "stages": [{stage, seconds}], "files": {network, ...}}
void write_json(const Summary& summary, const std::string& path);

}  // namespace nc
