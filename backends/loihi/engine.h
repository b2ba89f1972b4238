// The Loihi 2 simulator: runs a quantised graph in the integer dynamics of
// Lava's fixed-point process models (24-bit state, weights of 8 bits, one step
// of latency per synaptic layer). "Equal to Lava" is what is claimed; silicon
// was never compared.
//
// Its trains, aligned to each layer's first step, and its outputs are those of
// the reference engine, except where a current wraps or a membrane saturates
// that the graph says does not (membrane_bits above 18, or 0): that is counted
// on every run, one line per node in Outputs::warnings. The parts:
//   microcode.h  the neurons; their membrane is clamped to +-(131071 << 6), so
//                that membrane_bits = 18 means the same everywhere
//   encode.h     weights beyond 8 bits as several synapses, biases beyond 13
//   roles.h      relays, which carry a current from one layer to the next
//   plan.h       depth, delays and windows
#pragma once

#include "runtime/engine.h"

namespace nc {

// Throws Error that names the first node the chip cannot hold (unquantised
// numbers, max_pool, a threshold beyond 17 bits, ...).
std::unique_ptr<Engine> make_loihi_engine(const Graph& graph, int threads = 1);

}  // namespace nc
