// Puts NIR nodes into a row, each with the edges it reads, and names them at
// the end, when their number is known.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "backends/nir/linear.h"
#include "ir/graph.h"

namespace nc::nir {

// What a node of the IR has become: NIR nodes whose sum is its value. A node
// that stands twice counts twice.
using Sources = std::vector<size_t>;

// Why a node is there, beside computing what the IR's node computes: the
// `role` of its metadata; empty for the node itself.
struct Draft {
  std::string label;  // of the name, after the number
  std::string role;
  Primitive primitive;
  Group metadata;  // without name, origin and role
  const Node* made_of = nullptr;
};

class Builder {
 public:
  // Appends a node that reads the sum of `sources`. NIR counts an edge once:
  // what stands twice is read through a diagonal node.
  size_t add(Draft draft, const Sources& sources);

  // Throws Error when a file that holds so many more numbers is too large.
  void require_room(int64_t numbers) const;

  // An edge that carries the value of the step before. From a later node to
  // an earlier one, or itself, that is any edge; else it goes through a Delay.
  void feed_back(size_t from, size_t to);

  // Puts a node into the edge from `from` to `to`, and gives its number.
  size_t insert(size_t from, size_t to, Draft draft);

  size_t size() const { return drafts_.size(); }
  Draft& at(size_t node) { return drafts_[node]; }
  const Shape& shape(size_t node) const {
    return drafts_[node].primitive.output;
  }
  std::vector<size_t> inputs(size_t node) const;   // without feedback
  std::vector<size_t> readers(size_t node) const;  // with it

  // Input and Output are named so; the others n012_label, in topological order.
  NirGraph finish(Group metadata);

 private:
  struct Edge {
    size_t from;
    bool feedback;
  };

  bool reads(size_t to, size_t from) const;
  size_t add_before(size_t to, Draft draft, const Sources& sources);
  size_t times(size_t source, size_t count, const Node* made_of);
  std::vector<std::string> names() const;

  std::vector<Draft> drafts_;
  std::vector<std::vector<Edge>> edges_;  // of each reader
  std::vector<size_t> order_;
  int64_t numbers_ = 0;  // of all nodes
};

}  // namespace nc::nir
