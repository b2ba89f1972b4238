// Imports a graph whose batch is open: with a batch that no size in the graph
// is likely to have, anew with the batch that the graph turns out to hold as a
// number, and once more to see that the result does not depend on the batch.
#pragma once

#include <functional>

#include "passes/frontend/imported.h"

namespace nc::frontend {

// What one walk over the source for one batch gives. May throw BakedBatch.
struct Attempt {
  Imported result;
  bool has_misfit = false;   // something does not fit the input shape
  bool reads_batch = false;  // the source asks for the size of the batch
};
using WalkOnce = std::function<Attempt(int64_t batch)>;

// Throws Error when the source holds several batches. `size` names the
// operator that asks for sizes, for messages.
Attempt import_for_any_batch(const WalkOnce& walk, const std::string& size);

}  // namespace nc::frontend
