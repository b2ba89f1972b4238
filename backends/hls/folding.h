// How many products of a weighted layer are made at once.
#pragma once

#include <cstdint>

namespace nc {

// In each clock, `terms` inputs meet the weights of `lanes` outputs.
struct HlsFolding {
  int64_t lanes = 1;  // divides the outputs
  int64_t terms = 1;  // divides the fan-in; above 1 only with all lanes

  // Products that a multiplier makes in turn.
  int64_t reuse(int64_t fan_in, int64_t outputs) const {
    return fan_in / terms * (outputs / lanes);
  }
};

// The fewest multipliers that make fan_in * outputs products in at most `reuse`
// rounds; 0: in fan_in rounds.
HlsFolding fold(int64_t fan_in, int64_t outputs, int64_t reuse);

}  // namespace nc
