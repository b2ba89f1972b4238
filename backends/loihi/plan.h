// A graph laid out on the chip: populations, the synapses between them, and
// when each of them runs.
//
// Depth. Every bundle of synapses costs one step, so a population's depth is
// 1 + the largest depth among the populations it reads; the input's is 0. It
// is active in its own window of T steps, chip steps depth + 1 to depth + T
// (its bias is on only then), and the network takes T steps and as many more
// as the deepest population is deep. What it reads from a population that is
// less deep gets a delay so that all paths are equally long. So step t of its
// window sees step t of all windows before it: the causal trains, shifted by
// the depth.
//
// Under the exact schedule windows are one step long: payloads are sums or
// counts over all T steps, and biases are taken T times.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "backends/loihi/bounds.h"
#include "backends/loihi/graded.h"
#include "backends/loihi/microcode.h"
#include "backends/loihi/roles.h"
#include "backends/loihi/synapses.h"
#include "ir/graph.h"

namespace nc::loihi {

// Delays that one synapse can hold (Lava's DelayDense: 6 bits).
inline constexpr int64_t kMostDelay = 63;

// Reads what a population or an earlier sum holds, through synapses, into a
// sum.
struct Read {
  bool from_population = false;
  size_t from = 0;  // a population, or a sum of this population
  size_t synapses = 0;
  int64_t feedback = 0;  // how many steps of the window it looks back
  int64_t latency = 0;   // in chip steps: 1 + the synapse's delay
};

// An accumulator. On the chip, sums in front of others are only wiring.
struct Sum {
  size_t size = 0;
  std::vector<Read> reads;
};

struct InputSource {};
struct HostReadout {};  // a relay to the host, which adds up what it gets

template <class Number>
using Dynamics = std::variant<InputSource, Microcode<Number>, Window<Number>,
                              Relay<Number>, HostReadout>;

template <class Number>
struct Population {
  size_t node = 0;
  std::string name;
  int64_t depth = 0;
  std::vector<uint32_t> position;  // on the chip, per neuron in the IR's order
  std::vector<Sum> sums;           // the last one is a_in; none for the input
  std::vector<Number> axons;       // the bias axons' current
  Dynamics<Number> dynamics;
  size_t history = 1;    // steps for which its payloads are kept
  bool spiking = false;  // If or Lif: its train is wanted
  bool limited = true;   // saturation is the chip's, not the graph's

  size_t size() const { return position.size(); }
};

template <class Number>
struct Plan {
  std::vector<Population<Number>> populations;  // sources first
  std::vector<Synapses<Number>> synapses;
  int64_t window = 0;  // steps per window: T, or 1 under the exact schedule
  int64_t depth = 0;   // of the deepest population
};

// Throws Error that names the first node the chip cannot hold.
template <class Number>
Plan<Number> make_plan(const Graph& graph, const Roles& roles,
                       const Bounds& bounds);

}  // namespace nc::loihi
