// Who is to read the file. The network is the same; the neurons are written so
// that the consumer's own rules give our spikes (README.md, "Neurons").
#pragma once

#include "ir/fields.h"

namespace nc::nir {

enum class Profile { generic, snntorch, norse, spikingjelly, sinabs, exact };

// One threshold for all neurons of a layer is all that these can read.
inline bool needs_equal_thresholds(Profile profile) {
  return profile == Profile::snntorch || profile == Profile::spikingjelly;
}

}  // namespace nc::nir

namespace nc {
template <>
struct Names<nir::Profile> {
  static constexpr std::array<const char*, 6> names = {
      "generic", "snntorch", "norse", "spikingjelly", "sinabs", "exact"};
};
}  // namespace nc
