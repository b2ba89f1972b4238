// How a conversion says that it cannot be done. Caught by the walk, which puts
// the reason into the table of the import.
#pragma once

#include <cstdint>
#include <string>

namespace nc::frontend {

// Why an operator has no conversion. `is_misfit` when shapes do not fit, which
// another input shape might cure; `has_effect` when it is refused for what it
// does, not for its result, and so even where nobody reads the result.
struct Refusal {
  std::string reason;
  bool is_misfit = false;
  bool has_effect = false;
};

// Throws Refusal, as shapes that do not fit.
[[noreturn]] inline void refuse_misfit(const std::string& reason) {
  throw Refusal{reason, true};
}

// The batch size that a model has baked into itself; the walk starts anew
// with it.
struct BakedBatch {
  int64_t batch = 0;
};

}  // namespace nc::frontend
