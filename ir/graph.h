// A network as a value: nodes in execution order, how it is to be run, and
// the history of what was done to it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ir/ops.h"

namespace nc {

// `inputs` name the nodes that are read; several are summed in order (Concat
// lays them side by side). An input written "@name" is a feedback edge: the
// value that node had at the previous time step, 0 at the first.
// `origin` names the modules of the source network, for messages.
struct Node {
  std::string name;
  Op op;
  std::vector<std::string> inputs;
  std::vector<std::string> origin;
};

bool is_feedback(const std::string& input);
std::string source_of(const std::string& input);  // without the "@"

enum class Encoding { direct, rate, latency, events };
template <>
struct Names<Encoding> {
  static constexpr std::array<const char*, 4> names = {"direct", "rate",
                                                       "latency", "events"};
};

enum class Schedule { causal, pipelined, exact };
template <>
struct Names<Schedule> {
  static constexpr std::array<const char*, 3> names = {"causal", "pipelined",
                                                       "exact"};
};

// How T steps become one answer: the sum of what reaches the output node, the
// number of spikes there, or the last value.
enum class Readout { sum, count, membrane };
template <>
struct Names<Readout> {
  static constexpr std::array<const char*, 3> names = {"sum", "count",
                                                       "membrane"};
};

// What the network's input node receives for stored data x (for images, 0 to
// 255): (x * scale - mean) / std per channel. Empty mean and std: 0 and 1.
struct Preprocessing {
  double scale = 1;
  std::vector<double> mean;
  std::vector<double> std;

  bool is_identity() const { return scale == 1 && mean.empty() && std.empty(); }
  friend bool operator==(const Preprocessing&, const Preprocessing&) = default;
};

// What stored samples hold, as far as is known: low = high = 0 means unknown.
struct StoredRange {
  double low = 0;
  double high = 0;
  bool whole = false;  // integers, as the pixels of an 8-bit image

  friend bool operator==(const StoredRange&, const StoredRange&) = default;
};

// A stored input [samples, ...input shape] (i8, u8, ... as the input node
// holds it) and, per spiking node, the SHA-256 of its spikes on it.
struct Probe {
  Tensor input;
  std::vector<std::pair<std::string, std::string>> spikes;
};

struct Run {
  int64_t timesteps = 0;  // T; 0 for a network that has no time
  Encoding encoding = Encoding::direct;
  Schedule schedule = Schedule::causal;
  Readout readout = Readout::sum;
  Preprocessing preprocessing;
  StoredRange range;
  std::vector<std::string> classes;
  Probe probe;
};

// A number that a step measured, and on what.
struct Measurement {
  std::string name;   // "ann_accuracy"
  double value = 0;   // a fraction, or in units that the name says
  std::string split;  // "val", "test"; empty when no data were involved
  int64_t samples = 0;
};

// One entry of the provenance: which tool ran, with what.
struct Step {
  std::string tool;
  std::string version;
  std::vector<std::string> arguments;  // without directories
  std::vector<std::pair<std::string, std::string>> inputs;  // name, SHA-256
  std::optional<int64_t> seed;
  std::vector<Measurement> measurements;
};

struct Graph {
  std::string name;
  std::vector<Node> nodes;
  Run run;
  std::vector<Step> history;

  const Node* find(const std::string& name) const;
  Node* find(const std::string& name);
  const Node& at(const std::string& name) const;  // throws Error
  const Node& input() const;                      // the Input node
  const Node& output() const;                     // the Output node
};

// Positions in graph.nodes of the nodes that read each node, in order; a node
// that is read twice by the same reader is listed twice.
std::vector<std::vector<size_t>> readers(const Graph& graph);

// Position of each node by name.
size_t index_of(const Graph& graph, const std::string& name);

// Puts the nodes in execution order (Kahn's algorithm, earlier nodes first;
// feedback edges do not count). Throws Error on a cycle.
void sort_nodes(Graph& graph);

// A name that no node has: `wanted`, or `wanted_2`, `wanted_3` ...
std::string unused_name(const Graph& graph, const std::string& wanted);

// Names are taken by value: a caller's may live in the graph that changes.

// Makes every reader of `from` read `to` instead, except `to` itself.
void redirect(Graph& graph, std::string from, std::string to);

// Takes a node with one input out; its readers read that input.
void remove_node(Graph& graph, std::string name);

// What a graph is follows from what it holds.
bool is_spiking(const Graph& graph);       // has neurons and T > 0
bool holds_fractions(const Op& op);        // a tensor of its is f32
bool is_quantized(const Graph& graph);     // spiking, and all numbers integers
void require_spiking(const Graph& graph);  // throws Error
void require_quantized(const Graph& graph);  // throws Error

// Letters, digits, '_', '.', '-', not starting with a digit, '.' or '-'.
bool is_valid_name(const std::string& name);

}  // namespace nc
