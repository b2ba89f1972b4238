// The stored probe and what the reference engine gives on it, as the tokens of
// the generated streams.
#pragma once

#include <vector>

#include "backends/rtl/project.h"

namespace nc {

struct RtlGolden {
  RtlTable input;
  RtlTable output;
  RtlTable best_class;           // a word per sample, with a bit of 0 above
  std::vector<RtlTable> spikes;  // per monitor
};

RtlGolden golden_tokens(const RtlProject& project);

}  // namespace nc
