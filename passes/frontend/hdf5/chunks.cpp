#include "passes/frontend/hdf5/chunks.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <set>

namespace nc::frontend::hdf5 {
namespace {

using Packed = std::vector<std::byte>;

// ---- Layout

struct Chunk {
  uint64_t address = 0;
  uint64_t size = 0;     // as stored
  uint64_t skipped = 0;  // bit i: without filter i, which gained nothing
  Shape offset;          // of its first element
};

struct Layout {
  enum class Sort { compact, contiguous, chunked };
  Sort sort = Sort::contiguous;
  Bytes compact;
  uint64_t address = kNowhere;  // of the values, the tree or the one chunk
  uint64_t size = 0;            // of the values, or of the one chunk
  bool is_one_chunk = false;
  uint64_t skipped = 0;  // of the one chunk's filters
  Shape chunk;           // shape of one
};

Shape chunk_shape(ByteReader& reader, uint64_t rank, size_t width) {
  Shape shape;
  for (uint64_t axis = 0; axis < rank; ++axis) {
    uint64_t size = reader.number(width);
    require(size > 0 && size <= static_cast<uint64_t>(kMaxElements),
            "chunks of an odd shape");
    shape.push_back(static_cast<int64_t>(size));
  }
  return shape;
}

// Versions 1 and 2, of HDF5 before 1.6.3.
Layout old_layout(ByteReader& reader, const Shape& shape) {
  Layout layout;
  uint64_t rank = reader.number(1);
  uint64_t sort = reader.number(1);
  require(sort <= 2, "an unknown layout");
  layout.sort = static_cast<Layout::Sort>(sort);
  reader.take(5);
  if (layout.sort != Layout::Sort::compact) layout.address = reader.number(8);
  bool chunked = layout.sort == Layout::Sort::chunked;
  require(rank == shape.size() + (chunked ? 1 : 0), "another number of axes");
  layout.size = kNowhere;  // follows from the shape
  if (chunked) {
    layout.chunk = chunk_shape(reader, shape.size(), 4);
  } else {
    reader.take(4 * rank);
  }
  if (layout.sort == Layout::Sort::compact) {
    layout.compact = reader.take(reader.number(4));
  }
  return layout;
}

// Version 4, of which this program knows data sets that are one chunk.
void read_one_chunk(ByteReader& reader, const Shape& shape, Layout& layout) {
  constexpr uint64_t kFiltered = 2;
  constexpr uint64_t kOneChunk = 1;
  uint64_t flags = reader.number(1);
  require(reader.number(1) == shape.size() + 1, "another number of axes");
  uint64_t width = reader.number(1);
  require(width >= 1 && width <= 8, "chunks of an odd shape");
  layout.chunk = chunk_shape(reader, shape.size(), width);
  reader.take(width);
  if (reader.number(1) != kOneChunk) {
    throw Error(
        "its chunks are indexed as libver='latest' has it; this program reads "
        "the older form, and data sets of one chunk");
  }
  layout.is_one_chunk = true;
  layout.size = kNowhere;  // as it is without filters
  if (flags & kFiltered) {
    layout.size = reader.number(8);
    layout.skipped = reader.number(4);
  }
  layout.address = reader.number(8);
}

Layout read_layout(ByteReader reader, const Shape& shape) {
  uint64_t version = reader.number(1);
  require(version >= 1 && version <= 4, "unknown version of a layout");
  if (version <= 2) return old_layout(reader, shape);
  Layout layout;
  uint64_t sort = reader.number(1);
  if (sort > 2) throw Error("expected values in this file, found a view");
  layout.sort = static_cast<Layout::Sort>(sort);
  if (layout.sort == Layout::Sort::compact) {
    layout.compact = reader.take(reader.number(2));
  } else if (layout.sort == Layout::Sort::contiguous) {
    layout.address = reader.number(8);
    layout.size = reader.number(8);
  } else if (version == 4) {
    read_one_chunk(reader, shape, layout);
  } else {
    require(reader.number(1) == shape.size() + 1, "another number of axes");
    layout.address = reader.number(8);
    layout.chunk = chunk_shape(reader, shape.size(), 4);
  }
  return layout;
}

// ---- Filters

enum class Filter : uint16_t { deflate = 1, shuffle = 2 };

std::vector<Filter> read_filters(std::optional<ByteReader> message) {
  std::vector<Filter> filters;
  if (!message) return filters;
  constexpr uint64_t kFirstOfOthers = 256;
  ByteReader& reader = *message;
  uint64_t version = reader.number(1);
  require(version == 1 || version == 2, "unknown version of filters");
  uint64_t count = reader.number(1);
  if (version == 1) reader.take(6);
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t id = reader.number(2);
    bool has_name = version == 1 || id >= kFirstOfOthers;
    uint64_t name = has_name ? reader.number(2) : 0;
    reader.take(2);  // flags
    uint64_t values = reader.number(2);
    reader.take(version == 1 ? (name + 7) / 8 * 8 : name);
    reader.take(4 * (values + (version == 1 ? values % 2 : 0)));
    if (id != 1 && id != 2) {
      throw Error("expected no filters but gzip and shuffle, found number " +
                  std::to_string(id));
    }
    filters.push_back(static_cast<Filter>(id));
  }
  return filters;
}

Packed inflated(Bytes packed, uint64_t limit) {
  require(limit / kMaxCompression <= packed.size(), "a chunk is too short");
  Packed bytes(limit);
  uLongf size = limit;
  int status =
      uncompress(reinterpret_cast<Bytef*>(bytes.data()), &size,
                 reinterpret_cast<const Bytef*>(packed.data()), packed.size());
  require(status == Z_OK, "a chunk cannot be decompressed");
  bytes.resize(size);
  return bytes;
}

// The filter "shuffle" puts the first bytes of all values first, and so on.
Packed unshuffled(const Packed& bytes, size_t width) {
  Packed values = bytes;
  size_t count = bytes.size() / width;
  for (size_t i = 0; i < count * width; ++i) {
    values[i] = bytes[i % width * count + i / width];
  }
  return values;
}

// Undoes the filters, the last one first.
Packed unfiltered(Bytes stored, uint64_t skipped,
                  const std::vector<Filter>& filters, uint64_t size,
                  size_t width) {
  Packed bytes(stored.begin(), stored.end());
  for (size_t i = filters.size(); i-- > 0;) {
    if (i < 32 && skipped >> i & 1) continue;
    bytes = filters[i] == Filter::deflate ? inflated(bytes, size)
                                          : unshuffled(bytes, width);
  }
  require(bytes.size() == size, "a chunk of another length");
  return bytes;
}

// ---- Chunks

uint64_t cells_of(const Shape& shape) {
  return static_cast<uint64_t>(element_count(shape));
}

class ChunkTree {
 public:
  ChunkTree(File& file, size_t rank) : file_(file), rank_(rank) {}

  std::vector<Chunk> read(uint64_t address) {
    read_node(address, kMostLevels);
    return std::move(chunks_);
  }

 private:
  void read_node(uint64_t address, int levels) {
    constexpr uint64_t kHead = 24;
    ByteReader head = file_.reader(address, kHead);
    require(levels > 0, "a tree without an end");
    require(head.text(4) == "TREE", "expected a tree of chunks");
    head.expect(1, 1, "expected a tree of chunks");
    bool is_leaf = head.number(1) == 0;
    uint64_t count = head.number(2);
    uint64_t key = 8 + 8 * (rank_ + 1);
    ByteReader entries = file_.reader(address + kHead, count * (key + 8));
    for (uint64_t i = 0; i < count; ++i) {
      Chunk chunk = read_key(entries);
      chunk.address = entries.number(8);
      if (!is_leaf) {
        read_node(chunk.address, levels - 1);
      } else {
        chunks_.push_back(std::move(chunk));
      }
    }
  }

  Chunk read_key(ByteReader& entries) const {
    Chunk chunk;
    chunk.size = entries.number(4);
    chunk.skipped = entries.number(4);
    for (size_t axis = 0; axis < rank_; ++axis) {
      uint64_t at = entries.number(8);
      require(at <= static_cast<uint64_t>(kMaxElements), "an odd chunk");
      chunk.offset.push_back(static_cast<int64_t>(at));
    }
    entries.take(8);  // within an element
    return chunk;
  }

  File& file_;
  size_t rank_;
  std::vector<Chunk> chunks_;
};

std::vector<Chunk> chunks_of(File& file, const Layout& layout,
                             const Shape& shape, uint64_t unpacked) {
  if (layout.address == kNowhere) return {};
  if (!layout.is_one_chunk) {
    return ChunkTree(file, shape.size()).read(layout.address);
  }
  uint64_t size = layout.size == kNowhere ? unpacked : layout.size;
  return {{layout.address, size, layout.skipped, Shape(shape.size(), 0)}};
}

// Every chunk is there, at its place, once.
void require_complete(const std::vector<Chunk>& chunks, const Shape& shape,
                      const Shape& chunk) {
  uint64_t expected = 1;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    expected *=
        static_cast<uint64_t>((shape[axis] + chunk[axis] - 1) / chunk[axis]);
    require(expected <= static_cast<uint64_t>(kMaxElements), "odd chunks");
  }
  std::set<Shape> found;
  for (const Chunk& each : chunks) {
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      bool fits = each.offset[axis] < shape[axis] &&
                  each.offset[axis] % chunk[axis] == 0;
      require(fits, "a chunk at an odd place");
    }
    require(found.insert(each.offset).second, "a chunk that stands twice");
  }
  if (found.size() < expected) throw Error("has values that were not written");
}

// Copies a chunk, row by row, to where it lies in the array.
void place(const Packed& bytes, const Shape& chunk, const Shape& offset,
           const Shape& shape, size_t width, Packed& values) {
  size_t last = shape.size() - 1;
  auto row =
      static_cast<size_t>(std::min(chunk[last], shape[last] - offset[last]));
  Shape index(shape.size(), 0);
  const std::byte* source = bytes.data();
  for (bool more = true; more;) {
    int64_t position = 0;
    bool inside = true;
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      int64_t at = offset[axis] + index[axis];
      inside &= at < shape[axis];
      position = position * shape[axis] + at;
    }
    if (inside) {
      std::memcpy(values.data() + static_cast<size_t>(position) * width, source,
                  row * width);
    }
    source += static_cast<size_t>(chunk[last]) * width;
    more = false;
    for (size_t axis = last; axis-- > 0 && !more;) {
      more = ++index[axis] < chunk[axis];
      if (!more) index[axis] = 0;
    }
  }
}

Packed read_chunked(File& file, const Messages& messages, const Layout& layout,
                    const Shape& shape, size_t width) {
  if (shape.empty()) fail("chunks of a single value");
  uint64_t unpacked = cells_of(layout.chunk) * width;
  std::vector<Filter> filters = read_filters(find(messages, Sort::filters));
  std::vector<Chunk> chunks = chunks_of(file, layout, shape, unpacked);
  require_complete(chunks, shape, layout.chunk);
  uint64_t stored = 0;
  for (const Chunk& chunk : chunks) stored += chunk.size;
  uint64_t size = cells_of(shape) * width;
  require(stored <= file.size() && size / kMaxCompression <= stored,
          "chunks that are too short");
  Packed values(size);
  for (const Chunk& chunk : chunks) {
    Packed bytes = unfiltered(file.region(chunk.address, chunk.size),
                              chunk.skipped, filters, unpacked, width);
    place(bytes, layout.chunk, chunk.offset, shape, width, values);
  }
  return values;
}

}  // namespace

std::vector<std::byte> read_elements(File& file, const Messages& messages,
                                     const Shape& shape, size_t width) {
  Layout layout =
      read_layout(require_message(messages, Sort::layout, "a layout"), shape);
  uint64_t size = cells_of(shape) * width;
  if (size == 0) return {};
  if (layout.sort == Layout::Sort::chunked) {
    return read_chunked(file, messages, layout, shape, width);
  }
  Bytes found = layout.compact;
  if (layout.sort == Layout::Sort::contiguous) {
    if (layout.address == kNowhere) {
      throw Error("has values that were not written");
    }
    require(layout.size == kNowhere || layout.size == size,
            "values that do not fit their shape");
    found = file.region(layout.address, size);
  }
  require(found.size() >= size, "values that do not fit their shape");
  found = found.first(size);
  return {found.begin(), found.end()};
}

}  // namespace nc::frontend::hdf5
