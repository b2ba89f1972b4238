// Results as HDF5 files for other programs to read. No times are stored: the
// same results give the same bytes. A file appears whole or not at all; the
// path "-" is standard output. Throws Error.
//
//   outputs                  f64 [samples, ...shape]
//   by_step                  f64 [T, samples, ...shape]   when recorded
// and in a trace also
//   labels                   i64 [samples]                when there are any
//   layers/NAME/spikes       i32 [samples, steps, neurons]
//   layers/NAME/membrane     f64 [samples, steps, neurons]  when recorded
// with layers in the order of the network.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/engine.h"

namespace nc {

void write_outputs(const Outputs& outputs, const std::string& path);

void write_trace(const Outputs& outputs, const std::vector<int64_t>& labels,
                 const std::string& path);

}  // namespace nc
