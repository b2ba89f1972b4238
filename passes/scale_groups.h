// Which weighted layers share their scales, because their currents are added
// up.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace nc {

class ScaleGroups {
 public:
  explicit ScaleGroups(const Graph& graph);

  // All layers that share the scales of `name`, itself included, in order.
  const std::vector<std::string>& members(const std::string& name) const;

  // One scale for all channels: the group is read out, and classes are
  // compared.
  bool is_uniform(const std::string& name) const;

 private:
  const std::string& root(const std::string& name) const;
  void join(const std::string& a, const std::string& b);
  void tie(const Graph& graph, const Node& node);

  std::map<std::string, std::string> parent_;                // union-find
  std::set<std::string> uniform_;                            // roots
  std::map<std::string, std::vector<std::string>> members_;  // by root
};

}  // namespace nc
