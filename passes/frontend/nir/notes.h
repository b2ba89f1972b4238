// The metadata of this program's own NIR files (backends/nir/README.md): what
// NIR cannot say of a graph, from which it can be built again.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "passes/frontend/nir/chain.h"
#include "passes/frontend/nir/graph.h"

namespace nc::frontend::nir {

// The group metadata/ncc of a node or of the graph; there may be none.
class Notes {
 public:
  explicit Notes(const Tree& metadata) : tree_(metadata.find("ncc")) {}

  bool exist() const { return tree_ != nullptr; }
  bool has(const std::string& path) const { return at(path) != nullptr; }
  // Empty, or `missing`, where there is none. Throw Error naming the entry for
  // what has another form.
  std::string text(const std::string& path) const;
  std::vector<std::string> texts(const std::string& path) const;
  double number(const std::string& path, double missing) const;
  int64_t whole(const std::string& path, int64_t missing) const;
  std::vector<double> numbers(const std::string& path) const;
  Tensor tensor(const std::string& path) const;

  template <class Enum>
  Enum choice(const std::string& path, Enum missing) const;

 private:
  const Dataset* at(const std::string& path) const;  // "input/step"
  [[noreturn]] void fail(const std::string& path,
                         const std::string& expected) const;

  const Tree* tree_;
};

// Whether the graph is one that this program wrote; throws Error for a version
// of the metadata that is newer.
bool is_own(const Notes& graph);

// How the graph is to be run, its name and its history.
void apply_notes(const Notes& notes, Graph& graph);

// Edges that carry the value of the step before, by the names of their nodes.
std::set<std::pair<std::string, std::string>> feedback_edges(
    const Notes& graph);

// Each neuron that is written as a loop of several nodes becomes one node.
void join_loops(NirGraph& graph);

// The op of a neuron that was exported; none for other nodes.
std::optional<Op> neuron_of(const Notes& node);

// Weights as they were before export: times row_scale and, of a graph of
// integers, whole.
void restore_numbers(NirNode& node, bool integers);

// Diagonals, as which scales are exported, to scales.
void restore_scales(Chain& chain);

}  // namespace nc::frontend::nir
