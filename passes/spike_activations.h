// Activations to neurons: every qcfs becomes an integrate-and-fire node and a
// scale by what one spike is worth,
//
//   qcfs(theta, L)(z)  ~  1/T sum_t theta * s_t,    v(0) = theta / 2,
//
// equal to qcfs with L = T when the whole window is known before the first
// spike (exact schedule, or constant currents); later passes fold theta into
// the weights behind, so that spikes are 0 or 1.
//   if          one spike a step, reset by subtraction (Bu et al., ICLR 2022)
//   signed-if   a spike can be taken back (-1), never below a net count of 0
//   levels:n    up to 2^n - 1 spikes of theta / (2^n - 1) in one step
//               (multi-threshold neuron)
// Throws Error, naming the node, for relu and clip (run nc-calibrate first)
// and for activations that have no spiking form.
#pragma once

#include "ir/graph.h"

namespace nc {

struct NeuronKind {
  bool is_signed = false;
  int64_t levels = 1;
};

// "if", "signed-if", "levels:n"; throws Error.
NeuronKind parse_neuron_kind(const std::string& text);

Graph spike_activations(Graph graph, const NeuronKind& kind, int64_t timesteps,
                        Schedule schedule);

}  // namespace nc
