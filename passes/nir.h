// The NIR front end: a .nir file to a spiking graph of real numbers or, where
// metadata of this program say so, to the very graph that was exported.
//
// NIR's neurons are differential equations; with the step dt, k = dt / tau and
// the gain R, one step of a leaky integrator is
//
//   v = d v + k R z + (1 - d) v_leak     with  d = 1 - k         (euler)
//                                          or  d = exp(-k)       (exponential)
//
// CubaLI and CubaLIF: first the current i = d_syn i + k_syn w_in z, then v with
// the new i in place of z. I and IF have no time constant: v += R z. After
// that s = [v > v_threshold], and v is reset to v_reset or, where the file has
// none, by subtraction. v(0) = 0. Delays are rounded to whole steps.
//
// Several edges into a node are a sum. Edges that close a loop carry the value
// of the step before: the edge that a walk from the Input meets last, moved
// back to the neuron that it comes from past nodes without memory.
#pragma once

#include <string>

#include "passes/frontend/imported.h"

namespace nc {

// Throws Error naming node or edge for a file that is broken; what NIR has and
// this program has not is refused in the table. `name` is the graph's, unless
// metadata of this program say another.
Imported import_nir(Bytes file, const std::string& name,
                    const ImportOptions& options);

// HDF5 that is not an .snn file.
bool is_nir(Bytes file);

}  // namespace nc
