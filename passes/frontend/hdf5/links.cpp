#include "passes/frontend/hdf5/links.h"

#include <algorithm>

#include "passes/frontend/hdf5/dense_links.h"

namespace nc::frontend::hdf5 {
namespace {

// ---- Version 1: a B-tree of symbols, whose names stand in a heap

class SymbolTable {
 public:
  SymbolTable(File& file, ByteReader message) : file_(file) {
    uint64_t tree = message.number(8);
    read_heap(message.number(8));
    read_tree(tree, kMostLevels);
  }

  std::vector<Link> links() { return std::move(links_); }

 private:
  void read_heap(uint64_t address) {
    ByteReader head = file_.reader(address, 32);
    require(head.text(4) == "HEAP", "expected a heap of names");
    head.take(4);
    uint64_t size = head.number(8);
    head.take(8);
    names_ = file_.region(head.number(8), size);
  }

  std::string name_at(uint64_t offset) const {
    require(offset <= names_.size(), "a name outside its heap");
    Bytes rest = names_.subspan(offset);
    auto end = std::find(rest.begin(), rest.end(), std::byte{0});
    require(end != rest.end(), "a name without an end");
    return std::string(reinterpret_cast<const char*>(rest.data()),
                       static_cast<size_t>(end - rest.begin()));
  }

  void read_tree(uint64_t address, int levels) {
    constexpr uint64_t kHead = 24;
    ByteReader head = file_.reader(address, kHead);
    require(levels > 0, "a tree without an end");
    require(head.text(4) == "TREE", "expected a tree of links");
    head.expect(0, 1, "expected a tree of links");
    bool is_leaf = head.number(1) == 0;
    uint64_t count = head.number(2);
    ByteReader entries = file_.reader(address + kHead, count * 16);
    for (uint64_t i = 0; i < count; ++i) {
      entries.take(8);  // key
      uint64_t child = entries.number(8);
      is_leaf ? read_symbols(child) : read_tree(child, levels - 1);
    }
  }

  void read_symbols(uint64_t address) {
    constexpr uint64_t kEntry = 40;
    ByteReader head = file_.reader(address, 8);
    require(head.text(4) == "SNOD", "expected links");
    head.expect(1, 1, "unknown version of links");
    head.take(1);
    uint64_t count = head.number(2);
    ByteReader entries = file_.reader(address + 8, count * kEntry);
    for (uint64_t i = 0; i < count; ++i) read_symbol(entries);
  }

  void read_symbol(ByteReader& entries) {
    constexpr uint64_t kSoft = 2;
    Link link;
    link.name = name_at(entries.number(8));
    link.address = entries.number(8);
    link.is_soft = entries.number(4) == kSoft;
    entries.take(4);
    ByteReader scratch(entries.take(16));
    if (link.is_soft) link.path = name_at(scratch.number(4));
    links_.push_back(std::move(link));
  }

  File& file_;
  Bytes names_;
  std::vector<Link> links_;
};

// ---- Version 2: a message for each link

Link read_link(ByteReader reader) {
  constexpr uint64_t kHasOrder = 4;
  constexpr uint64_t kHasSort = 8;
  constexpr uint64_t kHasCharacterSet = 16;
  reader.expect(1, 1, "unknown version of a link");
  uint64_t flags = reader.number(1);
  uint64_t sort = flags & kHasSort ? reader.number(1) : 0;
  if (flags & kHasOrder) reader.take(8);
  if (flags & kHasCharacterSet) reader.take(1);
  Link link;
  link.name = reader.text(reader.number(size_t{1} << (flags & 3)));
  if (sort > 1) {
    throw Error("'" + link.name + "' is a link to another file");
  }
  link.is_soft = sort == 1;
  if (link.is_soft) {
    link.path = reader.text(reader.number(2));
  } else {
    link.address = reader.number(8);
  }
  return link;
}

// The messages of those links that are not in the header.
std::vector<Bytes> links_elsewhere(File& file, ByteReader info) {
  constexpr uint64_t kHasOrder = 1;
  info.expect(0, 1, "unknown version of links");
  if (info.number(1) & kHasOrder) info.take(8);
  uint64_t heap = info.number(8);
  if (heap == kNowhere) return {};
  return read_dense_links(file, heap, info.number(8));
}

}  // namespace

bool is_group(const Messages& messages) {
  return std::any_of(messages.begin(), messages.end(), [](const Message& m) {
    return m.sort == Sort::symbol_table || m.sort == Sort::link_info ||
           m.sort == Sort::link;
  });
}

std::vector<Link> read_links(File& file, const Messages& messages) {
  if (auto table = find(messages, Sort::symbol_table)) {
    return SymbolTable(file, *table).links();
  }
  std::vector<Link> links;
  if (auto info = find(messages, Sort::link_info)) {
    for (Bytes message : links_elsewhere(file, *info)) {
      links.push_back(read_link(ByteReader(message)));
    }
  }
  for (const Message& message : messages) {
    if (message.sort != Sort::link) continue;
    links.push_back(read_link(ByteReader(message.body)));
  }
  return links;
}

}  // namespace nc::frontend::hdf5
