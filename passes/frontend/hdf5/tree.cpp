#include "passes/frontend/hdf5/tree.h"

#include <algorithm>

#include "ir/printable.h"
#include "passes/frontend/hdf5/links.h"

namespace nc::frontend::hdf5 {
namespace {

constexpr int kMostDepth = 64;     // groups within groups
constexpr int kMostSoftLinks = 8;  // from one to the next

class TreeReader {
 public:
  explicit TreeReader(File& file) : file_(file), datasets_(file) {}

  Tree read_root(const std::vector<std::string>& wanted) {
    Tree root;
    for (const Link& link : links_at(file_.root())) {
      bool is_wanted =
          std::find(wanted.begin(), wanted.end(), link.name) != wanted.end();
      if (is_wanted) add(root, link, file_.root(), 0);
    }
    return root;
  }

 private:
  // Read once: many soft links may lead through one group.
  const std::vector<Link>& links_at(uint64_t address) {
    auto [found, is_new] = groups_.try_emplace(address);
    if (!is_new) return found->second;
    Messages messages = read_header(file_, address);
    if (!hdf5::is_group(messages)) throw Error("expected a group");
    found->second = read_links(file_, messages);
    return found->second;
  }

  void add(Tree& tree, const Link& link, uint64_t group, int depth) {
    try {
      Tree member = read(target_of(link, group, 0), depth + 1);
      bool is_new = tree.members.emplace(link.name, std::move(member)).second;
      if (!is_new) throw Error("stands there twice");
    } catch (const Error& error) {
      std::string what = error.what();
      bool is_place = what.starts_with(kPlace);
      throw Error(kPlace + printable(link.name) +
                  (is_place ? "/" + what.substr(1) : ": " + what));
    }
  }

  Tree read(uint64_t address, int depth) {
    if (depth > kMostDepth) throw Error("groups are nested too deep");
    Messages messages = read_header(file_, address);
    Tree tree;
    if (is_dataset(messages)) {
      tree.data = datasets_.read(messages);
      return tree;
    }
    if (!hdf5::is_group(messages)) {
      throw Error("expected a group or a dataset");
    }
    for (const Link& link : read_links(file_, messages)) {
      add(tree, link, address, depth);
    }
    return tree;
  }

  uint64_t target_of(const Link& link, uint64_t group, int hops) {
    if (!link.is_soft) return link.address;
    if (hops == kMostSoftLinks) throw Error("a soft link leads nowhere");
    uint64_t at = link.path.starts_with('/') ? file_.root() : group;
    size_t from = 0;
    while (from < link.path.size()) {
      size_t to = std::min(link.path.find('/', from), link.path.size());
      std::string name = link.path.substr(from, to - from);
      from = to + 1;
      if (!name.empty() && name != ".") at = member_of(at, name, hops);
    }
    return at;
  }

  uint64_t member_of(uint64_t group, const std::string& name, int hops) {
    for (const Link& link : links_at(group)) {
      if (link.name == name) return target_of(link, group, hops + 1);
    }
    throw Error("a soft link leads to '" + printable(name) +
                "', which does not exist");
  }

  // Marks errors that begin with a place, so that places become paths.
  static constexpr char kPlace = '\1';

  File& file_;
  DatasetReader datasets_;
  std::map<uint64_t, std::vector<Link>> groups_;
};

}  // namespace

const Tree* Tree::find(const std::string& name) const {
  auto found = members.find(name);
  return found == members.end() ? nullptr : &found->second;
}

std::set<std::string> read_names(Bytes bytes) {
  File file(bytes);
  std::set<std::string> names;
  Messages messages = read_header(file, file.root());
  for (const Link& link : read_links(file, messages)) names.insert(link.name);
  return names;
}

Tree read_tree(Bytes bytes, const std::vector<std::string>& wanted) {
  File file(bytes);
  try {
    return TreeReader(file).read_root(wanted);
  } catch (const Error& error) {
    std::string what = error.what();
    throw Error(what.substr(what.starts_with('\1') ? 1 : 0));
  }
}

}  // namespace nc::frontend::hdf5
