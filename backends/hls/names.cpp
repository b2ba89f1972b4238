#include "backends/hls/names.h"

#include <cctype>
#include <set>

namespace nc {
namespace {

constexpr size_t kLongest = 64;

std::string plain(const std::string& name) {
  std::string text = name.substr(0, kLongest);
  for (char& c : text) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return text;
}

}  // namespace

std::vector<std::string> hls_names(const Graph& graph) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (const Node& node : graph.nodes) {
    std::string name = plain(node.name);
    for (int i = 2; !taken.insert(name).second; ++i) {
      name = plain(node.name) + "_" + std::to_string(i);
    }
    names.push_back(name);
  }
  return names;
}

}  // namespace nc
