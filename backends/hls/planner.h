// How plan_hls() builds its plan: one `place` per op, which adds the layers
// that the op becomes. Members are defined by theme: planner.cpp (memories,
// ends, feedback), place_weighted.cpp, place_moves.cpp, place_neurons.cpp.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "backends/hls/plan.h"
#include "backends/hls/walk.h"
#include "ir/error.h"

namespace nc {

class HlsPlanner {
 public:
  HlsPlanner(const Graph& graph, const HlsOptions& options, int64_t frames);

  HlsPlan run();

 private:
  // What a node sends: the buffer it lies in, and its bounds.
  struct Value {
    std::string buffer;
    Interval range;
    int64_t size = 0;
  };

  // ---- The node that is being placed ---------------------------------------

  const Node& node() const { return graph_.nodes[at_]; }
  const Width& width() const { return widths_[at_]; }
  const std::string& id() const { return plan_.names[at_]; }
  const Shape& shape() const { return shapes_.at(node().name); }
  int64_t size() const;
  const Shape& input_shape() const;
  // How often a constant counts in one value.
  int64_t repeats() const { return exact_ ? graph_.run.timesteps : 1; }

  // ---- Memories and layers -------------------------------------------------

  Value add_buffer(const std::string& name, const Interval& range,
                   int64_t count);
  Value source(const std::string& input) const;
  // What the node reads: its inputs, added where there are several.
  Value arriving();
  HlsLayer layer_for(const std::string& kernel, const std::string& name) const;
  // The node's layer, connected to what it reads and to a buffer of its own.
  HlsLayer layer_of(const std::string& kernel);
  static void connect(HlsLayer& layer, const std::vector<Value>& from,
                      const Value& to);
  // A table of parameters that several of `count` values share.
  static void add_table(HlsLayer& layer, const std::string& what,
                        const std::string& group, const HlsTable& values,
                        int64_t count);
  // Constants that are added, as often as they count.
  HlsTable added(const std::string& name, const Tensor& bias) const;
  void done(HlsLayer layer) { plan_.layers.push_back(std::move(layer)); }

  // ---- Ops -----------------------------------------------------------------

  void place(const Input& op);
  void place(const Output& op);
  void place(const Affine& op);
  void place(const Conv1d& op);
  void place(const Conv2d& op);
  void place(const Scale& op);
  void place(const Relu& op);
  void place(const SumPool& op);
  void place(const MaxPool& op);
  void place(const Pad& op);
  void place(const Flatten& op);
  void place(const Reshape& op);
  void place(const Permute& op);
  void place(const Slice& op);
  void place(const Concat& op);
  void place(const If& op);
  void place(const Lif& op);
  void place(const Li& op);
  template <class Kind>
  void place(const Kind&) {
    throw Error("node '" + node().name + "': " + Kind::kind +
                " has no hardware form");
  }

  template <class Linear>
  void add_weights(HlsLayer& layer, const Linear& op, int64_t positions);
  template <class Conv>
  void place_convolution(const Conv& op);
  template <class Pool>
  void place_pool(const char* kernel, const Pool& op);
  void place_walk(const char* kernel, const Walk& walk);
  void place_neuron(const Neuron& op, const Tensor& decay);
  void add_steps(HlsLayer& layer, const Neuron& op, const Tensor& decay);
  void add_decay(HlsLayer& layer, const Tensor& decay) const;

  // ---- Feedback ------------------------------------------------------------

  bool is_fed_back(const std::string& name) const;
  void recall_feedback(size_t from);
  void keep_feedback();

  const Graph& graph_;
  const HlsOptions& options_;
  bool exact_;
  std::map<std::string, Shape> shapes_;
  std::vector<Width> widths_;
  std::vector<Value> value_of_;     // of each node
  std::map<size_t, Value> before_;  // of nodes that are fed back
  HlsPlan plan_;
  size_t at_ = 0;
  Interval in_;  // what reaches the node being placed
  int64_t trains_ = 0;
};

// The table of these values in the smallest type that holds them all.
HlsTable hls_table(const std::string& name, std::vector<int64_t> values);

}  // namespace nc
