// The fields of a NIR node, asked for by name and form. Every Error names the
// node.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "passes/frontend/nir/graph.h"

namespace nc::frontend::nir {

class Fields {
 public:
  explicit Fields(const NirNode& node) : node_(node) {}

  const NirNode& node() const { return node_; }
  bool has(const std::string& name) const;

  // Numbers, all finite.
  const Dataset& numbers(const std::string& name);
  int64_t whole(const std::string& name);
  // So many whole numbers; a single one stands for all.
  Shape sizes(const std::string& name, size_t count);
  // A list of sizes as it stands.
  Shape list(const std::string& name);
  // The text of a field that is one; empty otherwise.
  std::string text(const std::string& name);
  // Broadcast to a shape as NumPy does it.
  std::vector<double> spread(const std::string& name, const Shape& shape);

  // Throws Refusal for a field that nobody has asked for.
  void require_all_read() const;
  [[noreturn]] void fail(const std::string& what) const;

 private:
  const Dataset& at(const std::string& name);

  const NirNode& node_;
  std::set<std::string> read_;
};

// Whether `from` can be broadcast to `to`, as NumPy does it.
bool fits(const Shape& from, const Shape& to);

// Values of shape `from`, which fits `to`, repeated to fill it.
std::vector<double> broadcast(const std::vector<double>& values,
                              const Shape& from, const Shape& to);

// Values of shape `from`, which fits `shape`, as a tensor of shape [1],
// [channels] or the full shape, whichever suffices. Throws Error where a few
// values would become very many.
Tensor compact(const std::vector<double>& values, const Shape& from,
               const Shape& shape);

}  // namespace nc::frontend::nir
