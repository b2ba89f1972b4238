#include "passes/frontend/onnx/origins.h"

#include <node_metadata.pb.h>

#include <algorithm>
#include <vector>

namespace nc::onnx {
namespace {

// The texts of a list as Python prints it: ['', 'layer1', 'layer1.0'].
std::vector<std::string> texts_in(const std::string& list) {
  std::vector<std::string> texts;
  for (size_t at = 0; (at = list.find_first_of("'\"", at)) < list.size();) {
    size_t end = list.find(list[at], at + 1);
    if (end == std::string::npos) break;
    texts.push_back(list.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return texts;
}

// Modules around the node, and last the operator.
std::vector<std::string> scopes_in_metadata(const proto::NodeProto& node) {
  NodeMetadata metadata;
  if (!metadata.ParseFromString(node.SerializeAsString())) return {};
  for (const MetadataEntry& entry : metadata.metadata_props()) {
    if (entry.key() == "pkg.torch.onnx.name_scopes") {
      return texts_in(entry.value());
    }
  }
  return {};
}

std::vector<std::string> parts_of(const std::string& name) {
  std::vector<std::string> parts;
  for (size_t at = 0; at < name.size();) {
    size_t end = std::min(name.find('/', at), name.size());
    if (end > at) parts.push_back(name.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::string joined(const std::string& path, const std::string& part) {
  // A member of a list has the list's name in its own.
  bool is_whole = path.empty() || part.starts_with(path + ".");
  return is_whole ? part : path + "." + part;
}

}  // namespace

std::string path_of(const proto::NodeProto& node) {
  std::vector<std::string> scopes = scopes_in_metadata(node);
  if (scopes.size() >= 2) return scopes[scopes.size() - 2];
  if (!node.name().starts_with("/")) return "";
  std::vector<std::string> parts = parts_of(node.name());
  std::string path;
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    size_t dot = path.rfind('.');
    std::string last = dot == std::string::npos ? path : path.substr(dot + 1);
    bool is_member = !last.empty() && parts[i].starts_with(last + ".");
    std::string part = is_member ? parts[i].substr(last.size() + 1) : parts[i];
    path = joined(path, part);
  }
  return path;
}

std::string owner_of_weight(const std::string& name) {
  bool is_path = name.find_first_of("/:") == std::string::npos;
  size_t dot = name.rfind('.');
  return is_path && dot != std::string::npos ? name.substr(0, dot) : "";
}

Origins::Origins(const proto::GraphProto& graph) {
  auto add = [&](const std::string& path) {
    for (size_t dot = path.rfind('.'); dot != std::string::npos && dot > 0;
         dot = path.rfind('.', dot - 1)) {
      if (!holders_.insert(path.substr(0, dot)).second) break;
    }
  };
  for (const proto::NodeProto& each : graph.node()) add(path_of(each));
  for (const proto::TensorProto& each : graph.initializer()) {
    add(owner_of_weight(each.name()));
  }
}

frontend::Source Origins::of(const proto::NodeProto& node) const {
  frontend::Source source;
  source.op = operator_name(node);
  source.path = path_of(node);
  source.is_leaf = !source.path.empty() && holders_.count(source.path) == 0;
  return source;
}

}  // namespace nc::onnx
