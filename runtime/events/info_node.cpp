#include "runtime/events/info_node.h"

#include <charconv>
#include <numeric>
#include <optional>
#include <string_view>

#include "ir/error.h"

namespace nc {
namespace {

constexpr size_t kMaxDepth = 32;
constexpr int32_t kMaxSide = 1 << 15;

// The value of a tag's attribute: <node name="0" ...>.
std::string attribute(std::string_view tag, const std::string& key) {
  std::string start = " " + key + "=\"";
  size_t at = tag.find(start);
  if (at == std::string_view::npos) return "";
  at += start.size();
  return std::string(tag.substr(at, tag.find('"', at) - at));
}

template <class Number>
std::optional<Number> number_from(const std::string& text) {
  Number number = 0;
  const char* end = text.data() + text.size();
  auto [stop, code] = std::from_chars(text.data(), end, number);
  if (code != std::errc() || stop != end || text.empty()) return std::nullopt;
  return number;
}

class Parser {
 public:
  explicit Parser(std::string_view xml) : rest_(xml) {}

  std::map<std::string, std::string> run() {
    while (skip_past('<')) {
      std::string_view tag = until('>');
      if (tag == "/node") {
        close();
      } else if (tag.starts_with("node ")) {
        open(tag);
      } else if (tag.starts_with("attr ")) {
        std::string_view value = tag.ends_with('/') ? "" : until('<');
        found_[path() + attribute(tag, "key")] = std::string(value);
      }
    }
    if (!open_.empty()) throw Error("a node of the XML does not end");
    return std::move(found_);
  }

 private:
  bool skip_past(char wanted) {
    size_t at = rest_.find(wanted);
    if (at == std::string_view::npos) return false;
    rest_.remove_prefix(at + 1);
    return true;
  }

  // What stands before the next `end`, which is taken as well.
  std::string_view until(char end) {
    std::string_view text = rest_.substr(0, rest_.find(end));
    if (!skip_past(end)) throw Error("the XML ends within a tag");
    return text;
  }

  void open(std::string_view tag) {
    if (tag.ends_with('/')) return;
    open_.push_back(attribute(tag, "name"));
    if (open_.size() > kMaxDepth) throw Error("too many nodes in each other");
  }

  void close() {
    if (open_.empty()) throw Error("a node of the XML ends that never began");
    open_.pop_back();
  }

  std::string path() const {
    return std::accumulate(open_.begin(), open_.end(), std::string(),
                           [](const std::string& above, const auto& name) {
                             return above + name + "/";
                           });
  }

  std::string_view rest_;
  std::vector<std::string> open_;
  std::map<std::string, std::string> found_;
};

int32_t side(const std::map<std::string, std::string>& attributes,
             const std::string& path) {
  auto found = attributes.find(path);
  if (found == attributes.end()) return 0;
  auto size = number_from<int32_t>(found->second);
  if (size && *size > 0 && *size <= kMaxSide) return *size;
  throw Error(path + ": expected a number from 1 to 32768, found '" +
              found->second + "'");
}

}  // namespace

std::map<std::string, std::string> parse_info_node(const std::string& xml) {
  return Parser(xml).run();
}

std::vector<EventStream> event_streams(
    const std::map<std::string, std::string>& attributes) {
  constexpr std::string_view kStart = "outInfo/";
  constexpr std::string_view kType = "/typeIdentifier";
  std::vector<EventStream> streams;
  for (const auto& [path, value] : attributes) {
    bool is_type = path.starts_with(kStart) && path.ends_with(kType) &&
                   path.size() > kStart.size() + kType.size();
    if (!is_type || value != "EVTS") continue;
    std::string stream = path.substr(0, path.size() - kType.size());
    auto id = number_from<int64_t>(stream.substr(kStart.size()));
    if (!id) continue;
    streams.push_back({*id,
                       {side(attributes, stream + "/info/sizeX"),
                        side(attributes, stream + "/info/sizeY")}});
  }
  return streams;
}

}  // namespace nc
