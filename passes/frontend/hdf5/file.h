// The bytes of an HDF5 file that another program wrote (HDF5 file format 3.0,
// superblocks 0 to 3), handed out block by block, within bounds.
//
// The HDF5 library crashes on files that are wrong on purpose; this decoder
// answers with an Error. A block may be asked for again (links may share an
// object), but all of them together are at most kMostReads times the file, so
// that neither time nor memory exceed what its size pays for. Checksums are not
// looked at.
#pragma once

#include "ir/hdf5_bytes.h"

namespace nc::frontend::hdf5 {

using nc::hdf5::ByteReader;
using nc::hdf5::fail;
using nc::hdf5::kNowhere;
using nc::hdf5::require;

inline constexpr uint64_t kMostReads = 8;
inline constexpr int kMostLevels = 32;  // of a tree

class File {
 public:
  // Throws Error when there is no superblock, or the file is cut off.
  explicit File(Bytes bytes);

  uint64_t root() const { return root_; }  // the root group's object header
  uint64_t size() const { return bytes_.size(); }

  Bytes region(uint64_t address, uint64_t size);
  ByteReader reader(uint64_t address, uint64_t size) {
    return ByteReader(region(address, size));
  }

 private:
  void read_old(ByteReader& reader, uint64_t version);
  void read_new(ByteReader& reader);
  void require_whole(uint64_t end) const;

  Bytes bytes_;
  uint64_t root_ = 0;
  uint64_t budget_;  // bytes that may still be asked for
};

}  // namespace nc::frontend::hdf5
