#include "passes/frontend/hdf5/header.h"

namespace nc::frontend::hdf5 {
namespace {

struct Block {
  uint64_t address = 0;
  uint64_t size = 0;
};

// Goes through the blocks of one header; `width` is that of a message's head.
class HeaderReader {
 public:
  explicit HeaderReader(File& file) : file_(file) {}

  Messages read(uint64_t address) {
    ByteReader head = file_.reader(address, 4);
    head.text(4) == "OHDR" ? read_new(address) : read_old(address);
    for (size_t i = 0; i < continued_.size(); ++i) follow(continued_[i]);
    return std::move(messages_);
  }

 private:
  void read_old(uint64_t address) {
    constexpr uint64_t kHead = 16;
    ByteReader head = file_.reader(address, kHead);
    head.expect(1, 1, "expected an object");
    head.take(7);
    read_messages(file_.reader(address + kHead, head.number(4)));
  }

  void read_new(uint64_t address) {
    constexpr uint64_t kHasOrder = 4;
    constexpr uint64_t kHasPhaseChange = 16;
    constexpr uint64_t kHasTimes = 32;
    ByteReader head = file_.reader(address + 4, 2);
    head.expect(2, 1, "unknown version of an object");
    uint64_t flags = head.number(1);
    is_new_ = true;
    has_order_ = flags & kHasOrder;
    uint64_t at = address + 6 + (flags & kHasTimes ? 16 : 0) +
                  (flags & kHasPhaseChange ? 4 : 0);
    size_t width = size_t{1} << (flags & 3);
    uint64_t size = file_.reader(at, width).number(width);
    read_messages(file_.reader(at + width, size));
  }

  void follow(const Block& block) {
    ByteReader reader = file_.reader(block.address, block.size);
    if (is_new_) {
      constexpr size_t kChecksum = 4;
      require(reader.text(4) == "OCHK", "expected the rest of an object");
      require(reader.size() >= kChecksum, "a block is too short");
      reader = ByteReader(reader.take(reader.size() - kChecksum));
    }
    read_messages(reader);
  }

  void read_messages(ByteReader reader) {
    const size_t head = is_new_ ? (has_order_ ? 6 : 4) : 8;
    while (reader.size() >= head) {  // less than that is a gap
      uint64_t sort = reader.number(is_new_ ? 1 : 2);
      uint64_t size = reader.number(2);
      bool is_shared = reader.number(1) & 2;
      reader.take(is_new_ ? head - 4 : 3);
      add({static_cast<Sort>(sort), is_shared, reader.take(size)});
    }
  }

  void add(const Message& message) {
    messages_.push_back(message);
    if (message.sort != Sort::continuation) return;
    ByteReader reader(message.body);
    uint64_t address = reader.number(8);
    continued_.push_back({address, reader.number(8)});
  }

  File& file_;
  bool is_new_ = false;
  bool has_order_ = false;
  Messages messages_;
  std::vector<Block> continued_;
};

}  // namespace

Messages read_header(File& file, uint64_t address) {
  return HeaderReader(file).read(address);
}

std::optional<ByteReader> find(const Messages& messages, Sort sort) {
  for (const Message& message : messages) {
    if (message.sort != sort) continue;
    if (message.is_shared) throw Error("its type stands in another object");
    return ByteReader(message.body);
  }
  return std::nullopt;
}

ByteReader require_message(const Messages& messages, Sort sort,
                           const char* what) {
  std::optional<ByteReader> found = find(messages, sort);
  if (!found) fail(std::string("a dataset without ") + what);
  return *found;
}

}  // namespace nc::frontend::hdf5
