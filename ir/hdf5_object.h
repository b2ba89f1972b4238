// Decodes the objects of an HDF5 file in memory, in the one form in which
// hdf5_writer.h has them written (HDF5 file format 3.0 as of version 1.8:
// superblock 2, object headers 2, compact links and attributes, contiguous
// data). Everything else is refused.
//
// Ours, because the HDF5 library does not survive a hostile file: of the
// headers of a small file with a few bytes changed (and checksums repaired)
// it crashed on one in nine. Here every byte is asked for within bounds and
// decoded once, so that neither time nor memory exceed what the file's size
// pays for. Checksums are not looked at: file.h hashes the whole file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ir/tensor.h"

namespace nc::hdf5 {

// No text is longer; writers and readers refuse it.
inline constexpr size_t kMaxText = size_t{64} << 10;

enum class Type { f32, i8, i16, i32, u8, i64, f64, text };

// Numbers or texts as they stand in the file. A text fills `text_size` bytes.
struct Value {
  Type type{};
  size_t text_size = 0;
  Shape shape;
  Bytes bytes;
};

struct Link {
  uint64_t order = 0;  // of creation
  std::string name;
  uint64_t address = 0;  // of the object's header
};

// A group has links, in order of creation; a dataset has data.
struct Object {
  std::map<std::string, Value> attributes;
  std::vector<Link> links;
  std::optional<Value> data;
};

class File {
 public:
  explicit File(Bytes bytes);
  uint64_t root() const { return root_; }

  // Throws Error for anything that is not as above, or was decoded before.
  Object object(uint64_t address);

 private:
  class Decoder;

  Bytes region(uint64_t address, uint64_t size);

  Bytes bytes_;
  uint64_t root_ = 0;
  uint64_t budget_;  // bytes that have not been decoded yet
};

}  // namespace nc::hdf5
