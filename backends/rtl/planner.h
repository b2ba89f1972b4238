// How plan_rtl() builds its plan: one `place` per op. Members are defined by
// theme: planner.cpp (streams, the graph), place_moves.cpp (what only moves
// events), place_synapses.cpp and place_relay.cpp (from events to rows of
// deltas), place_weighted.cpp (weighted nodes), constant_currents.cpp,
// place_layers.cpp (layers of neurons and everything else that sums).
//
// Values are taken apart by linearity: constants are worked out here and become
// biases; currents that stay the same over a sample (`fixed`) are sent once;
// the rest changes from step to step.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "backends/rtl/axes.h"
#include "backends/rtl/plan.h"
#include "ir/error.h"
#include "ir/widths.h"

namespace nc {

inline constexpr int64_t kRtlMostWords = int64_t{1} << 22;  // of one memory
inline constexpr int64_t kRtlLongestAxis = int64_t{1} << 16;

// Where the neurons of a layer lie in RAM: `lanes` channels of a pixel in a
// row; rows along blocks of channels, then x, then y.
struct RtlLayout {
  RtlImage image;
  int64_t lanes = 1;
  int64_t bits = 2;  // of a membrane

  int64_t lane_bits() const {
    return lanes == 1 ? 0 : unsigned_bits(lanes - 1);
  }
  int64_t blocks() const { return (image.c + lanes - 1) / lanes; }
  int64_t rows() const { return blocks() * image.h * image.w; }
  int64_t row_bits() const { return unsigned_bits(rows() - 1); }
  int64_t update_bits() const { return 1 + row_bits() + lanes * bits; }
};

// A layer as snn_neurons is told of it.
struct RtlLayer {
  enum Mode { fires = 0, restarts = 1, keeps = 2 };
  std::string name;
  RtlLayout layout;
  Mode mode = fires;
  int64_t steps = 1;
  bool emits_last = false;
  bool sends_all = false;
  bool rectifies = false;
  RtlValue value;
  Neuron neuron;  // what else it says when it fires
  bool leaks = false;
  double events = 0;               // per step
  std::vector<int64_t> bias;       // one per neuron, as [c, y, x], like
  std::vector<int64_t> threshold;  // these
  std::vector<int64_t> decay;
};

class RtlPlanner {
 public:
  RtlPlanner(const Graph& graph, const RtlOptions& options,
             const HlsGolden& golden);

  RtlPlan run();

 private:
  using Index = std::optional<size_t>;  // of a stream

  // What a node sends. Its image is that of the node's shape; a stream's own
  // may still be the one before a flattening.
  struct Value {
    Index fixed;
    Index changing;
    std::vector<int64_t> constants;  // empty: zeros
    RtlImage image;
  };

  // Rows of deltas on their way to a layer, and its constant currents.
  struct Arrivals {
    std::vector<size_t> fixed;
    std::vector<size_t> changing;
    std::vector<int64_t> constants;
  };

  // ---- The node that is being placed ---------------------------------------

  const Node& node() const { return graph_.nodes[at_]; }
  const Width& width() const { return widths_[at_]; }
  const Shape& shape_of(size_t node) const {
    return shapes_.at(graph_.nodes[node].name);
  }
  RtlImage image_of(size_t node) const;
  RtlImage image() const { return image_of(at_); }
  size_t source(const std::string& input) const;
  Value& value() { return values_[at_]; }
  [[noreturn]] void refuse(const std::string& why) const;
  void require_words(int64_t words) const;

  // ---- Streams -------------------------------------------------------------

  std::string fresh(const std::string& name);
  size_t add_stream(const RtlStream& stream);
  RtlStream& stream(size_t index) { return plan_.streams[index]; }
  // Connects an instance's port to a stream it reads, or makes.
  void reads(RtlInstance& instance, const std::string& port, size_t from);
  void writes(RtlInstance& instance, const std::string& port, size_t to);
  std::string token_as(size_t from, const RtlValue& value);
  size_t merged(std::vector<size_t> streams, const std::string& name);
  size_t buffered(size_t from);
  size_t flattened(size_t from);
  size_t as_image(size_t from, const RtlImage& wanted);
  RtlInstance instance_of(const std::string& module, const std::string& name);
  std::string table(RtlInstance& instance, RtlTable table);
  Value arriving();
  Value sum_of_inputs(const Node& node, const std::string& name);

  // ---- Ops -----------------------------------------------------------------

  void place(const Input& op);
  void place(const Output& op);
  void place(const Affine&) { place_weighted(); }
  void place(const Conv1d&) { place_weighted(); }
  void place(const Conv2d&) { place_weighted(); }
  void place(const Scale&) { place_weighted(); }
  void place(const Relu& op);
  void place(const SumPool& op);
  void place(const MaxPool& op);
  void place(const Pad& op);
  void place(const Flatten&) { place_view(); }
  void place(const Reshape&) { place_view(); }
  void place(const Permute& op);
  void place(const Slice& op);
  void place(const Concat& op);
  void place(const If& op);
  void place(const Lif& op);
  void place(const Li& op);
  template <class Kind>
  void place(const Kind&) {
    refuse(std::string(Kind::kind) + " has no RTL form");
  }

  // ---- Moves ---------------------------------------------------------------

  struct Axes {
    Axis c, y, x;
  };
  size_t moved(size_t from, const Axes& axes, const RtlImage& to,
               const std::string& name);
  Value moved(const Value& from, const Axes& axes, const RtlImage& to,
              const std::string& name);
  void place_view();
  template <class Pool>
  Axes pool_axes(const Pool& op);
  size_t permuted(size_t from, const Shape& order, const RtlImage& to);

  // ---- Weights -------------------------------------------------------------

  // A weighted node that one layer alone reads becomes part of that layer.
  bool is_part(size_t node) const;
  bool sums(size_t node) const;
  size_t weighted(size_t node, size_t from, const RtlLayout& layout);
  size_t dense(size_t node, const Affine& op, size_t from,
               const RtlLayout& layout);
  template <class Conv>
  size_t convolved(size_t node, const Conv& op, size_t from,
                   const RtlLayout& layout);
  size_t relayed(const std::string& name, size_t from, const RtlLayout& layout,
                 const Scale* scale, const RtlImage& scaled);
  std::vector<int64_t> weighted_constants(size_t node,
                                          const std::vector<int64_t>& in);
  void place_weighted();

  // ---- Layers --------------------------------------------------------------

  RtlLayout layout_of(const RtlImage& image, int64_t bits) const;
  void reach(size_t from, const RtlLayout& layout, Arrivals& arrivals);
  Arrivals arrivals_of(const RtlLayout& layout);
  size_t update_stream(const std::string& name, const RtlLayout& layout,
                       bool is_fixed, double events);
  // An instance that makes rows of deltas of a stream; gives their stream.
  size_t place_updates(RtlInstance& instance, const std::string& name,
                       size_t from, const RtlLayout& layout);
  size_t place_layer(const RtlLayer& layer, Index fixed, Index changing);
  Value place_sums(RtlLayer layer, const Arrivals& arrivals);
  void place_neuron(const Neuron& op, const Tensor& decay);
  Index merged_updates(const std::vector<size_t>& updates,
                       const std::string& name);
  double activity(const std::string& node) const;

  const Graph& graph_;
  const RtlOptions& options_;
  const HlsGolden& golden_;
  std::map<std::string, Shape> shapes_;
  std::vector<Width> widths_;
  std::vector<std::vector<size_t>> readers_;
  std::vector<std::string> ids_;
  std::vector<Value> values_;
  std::set<std::string> names_;
  RtlPlan plan_;
  size_t at_ = 0;
};

// The image that a shape of at most three axes is.
std::optional<RtlImage> image_of_shape(const Shape& shape);

// A tensor spread over the values it is given for.
std::vector<int64_t> spread(const Tensor& tensor, const Shape& shape);

void add_to(std::vector<int64_t>& sum, const std::vector<int64_t>& more);

}  // namespace nc
