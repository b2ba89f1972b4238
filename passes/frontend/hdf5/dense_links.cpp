#include "passes/frontend/hdf5/dense_links.h"

#include <bit>

namespace nc::frontend::hdf5 {
namespace {

// ---- The heap: blocks of doubling size, one row of them after the other

struct HeapBlock {
  uint64_t start = 0;  // in the heap's own space
  uint64_t size = 0;
  uint64_t address = 0;
};

class FractalHeap {
 public:
  FractalHeap(File& file, uint64_t address) : file_(file) {
    constexpr uint64_t kHeader = 142;
    ByteReader head = file.reader(address, kHeader);
    require(head.text(4) == "FRHP", "expected a heap of links");
    head.expect(0, 1, "unknown version of a heap");
    id_size_ = head.number(2);
    require(head.number(2) == 0, "a heap of links with filters");
    head.take(1 + 4 + 12 * 8);  // flags, limits, counts
    width_ = head.number(2);
    first_size_ = head.number(8);
    largest_size_ = head.number(8);
    offset_size_ = (head.number(2) + 7) / 8;
    head.take(2);
    uint64_t root = head.number(8);
    uint64_t rows = head.number(2);
    require(offset_size_ >= 1 && offset_size_ <= 8 &&
                id_size_ > offset_size_ + 1 && id_size_ <= offset_size_ + 9,
            "an odd heap of links");
    if (rows == 0) {
      blocks_.push_back({0, first_size_, root});
    } else {
      read_rows(root, rows);
    }
  }

  uint64_t id_size() const { return id_size_; }

  // The object that an ID names: offset and length.
  Bytes object(ByteReader id) {
    constexpr uint64_t kManaged = 0;
    require(id.number(1) >> 4 == kManaged, "a link outside its heap");
    uint64_t offset = id.number(offset_size_);
    uint64_t size = id.number(id_size_ - 1 - offset_size_);
    for (const HeapBlock& block : blocks_) {
      if (offset < block.start || offset - block.start >= block.size) continue;
      uint64_t within = offset - block.start;
      require(size <= block.size - within, "a link that is cut off");
      require(block.address != kNowhere, "a link that is nowhere");
      require(block.address <= kNowhere - within, "a link that is nowhere");
      return file_.region(block.address + within, size);
    }
    fail("a link outside its heap");
  }

 private:
  void read_rows(uint64_t address, uint64_t rows) {
    constexpr uint64_t kMostRows = 64;
    require(rows <= kMostRows && width_ <= kMostRows && first_size_ > 0,
            "an odd heap of links");
    uint64_t head_size = 13 + offset_size_;
    ByteReader reader = file_.reader(address, head_size + rows * width_ * 8);
    require(reader.text(4) == "FHIB", "expected blocks of a heap");
    reader.take(head_size - 4);
    uint64_t start = 0;
    uint64_t size = first_size_;
    for (uint64_t row = 0; row < rows; ++row) {
      if (row > 1) size *= 2;
      if (size > largest_size_) {
        throw Error("holds more links than this program reads");
      }
      for (uint64_t i = 0; i < width_; ++i) {
        blocks_.push_back({start, size, reader.number(8)});
        start += size;
      }
    }
  }

  File& file_;
  uint64_t id_size_ = 0;
  uint64_t width_ = 0;  // blocks in a row
  uint64_t first_size_ = 0;
  uint64_t largest_size_ = 0;
  uint64_t offset_size_ = 0;  // bytes of an offset
  std::vector<HeapBlock> blocks_;
};

// ---- The tree: records of a hash and an ID

class LinkTree {
 public:
  LinkTree(File& file, FractalHeap& heap) : file_(file), heap_(heap) {}

  std::vector<Bytes> read(uint64_t address) {
    constexpr uint64_t kHeader = 38;
    constexpr uint64_t kLinkNames = 5;
    constexpr uint64_t kMostDepth = 16;
    ByteReader head = file_.reader(address, kHeader);
    require(head.text(4) == "BTHD", "expected a tree of links");
    head.expect(0, 1, "unknown version of a tree");
    head.expect(kLinkNames, 1, "expected a tree of links");
    node_size_ = head.number(4);
    record_size_ = head.number(2);
    uint64_t depth = head.number(2);
    head.take(2);
    uint64_t root = head.number(8);
    uint64_t records = head.number(2);
    require(record_size_ == 4 + heap_.id_size() && depth <= kMostDepth &&
                node_size_ > kNodeHead,
            "an odd tree of links");
    find_limits(depth);
    if (root != kNowhere) read_node(root, records, depth);
    return std::move(links_);
  }

 private:
  static constexpr uint64_t kNodeHead = 10;  // with the checksum

  static uint64_t width_of(uint64_t most) {
    return most == 0 ? 1
                     : static_cast<uint64_t>(std::bit_width(most) - 1) / 8 + 1;
  }

  // How many records a node of each depth holds, alone and with all below:
  // the widths of its pointers follow from that.
  void find_limits(uint64_t depth) {
    uint64_t alone = (node_size_ - kNodeHead) / record_size_;
    uint64_t below = alone;
    count_width_ = width_of(alone);
    for (uint64_t d = 1; d <= depth; ++d) {
      uint64_t total_width = d > 1 ? width_of(below) : 0;
      total_widths_.push_back(total_width);
      uint64_t pointer = 8 + count_width_ + total_width;
      require(node_size_ > kNodeHead + pointer, "an odd tree of links");
      alone = (node_size_ - kNodeHead - pointer) / (record_size_ + pointer);
      require(below < kNowhere / (alone + 2), "an odd tree of links");
      below = (alone + 1) * below + alone;
    }
  }

  void read_node(uint64_t address, uint64_t records, uint64_t depth) {
    uint64_t total_width = depth > 0 ? total_widths_[depth - 1] : 0;
    uint64_t pointer = depth > 0 ? 8 + count_width_ + total_width : 0;
    uint64_t pointers = depth > 0 ? records + 1 : 0;
    ByteReader reader =
        file_.reader(address, 6 + records * record_size_ + pointers * pointer);
    require(reader.text(4) == (depth > 0 ? "BTIN" : "BTLF"),
            "expected a node of a tree");
    reader.take(2);
    for (uint64_t i = 0; i < records; ++i) {
      reader.take(4);  // hash
      links_.push_back(heap_.object(ByteReader(reader.take(heap_.id_size()))));
    }
    for (uint64_t i = 0; i < pointers; ++i) {
      uint64_t child = reader.number(8);
      uint64_t count = reader.number(count_width_);
      reader.take(total_width);
      read_node(child, count, depth - 1);
    }
  }

  File& file_;
  FractalHeap& heap_;
  uint64_t node_size_ = 0;
  uint64_t record_size_ = 0;
  uint64_t count_width_ = 1;
  std::vector<uint64_t> total_widths_;  // by depth - 1
  std::vector<Bytes> links_;
};

}  // namespace

std::vector<Bytes> read_dense_links(File& file, uint64_t heap, uint64_t tree) {
  FractalHeap links(file, heap);
  return LinkTree(file, links).read(tree);
}

}  // namespace nc::frontend::hdf5
