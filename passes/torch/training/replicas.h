// What makes one training of several processes: the same options and data, the
// same parameters at all times (each makes the same step from the same sums),
// the first one's checkpoint. All functions do nothing for a process alone.
// Private to the *_torch libraries: this header names torch types.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "passes/torch/training/checkpoint.h"
#include "passes/torch/training/slots.h"
#include "runtime/processes.h"

namespace nc {

// Throws Error naming what differs, and where.
void require_same(Processes* others, const Identity& identity);
void require_same(Processes* others, const std::vector<Slot*>& slots);

// Every gradient becomes the sum of all processes' gradients.
void add_up_gradients(Processes* others, const std::vector<Slot*>& slots);

// Whether any process says so.
bool any_of(Processes* others, bool wish);

// The least of all processes' numbers.
int64_t least_of(Processes* others, int64_t number);

// The first process's, with tensors as `like` has them; the others give none.
Checkpoint of_first(Processes* others, std::optional<Checkpoint> own,
                    const NamedTensors& like);

}  // namespace nc
