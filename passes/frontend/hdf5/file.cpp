#include "passes/frontend/hdf5/file.h"

#include <limits>

namespace nc::frontend::hdf5 {
namespace {

constexpr char kSignature[] = "\x89HDF\r\n\x1a\n";

void require_wide_addresses(ByteReader& reader) {
  reader.expect(8, 1, "addresses that are not of 8 bytes");
  reader.expect(8, 1, "lengths that are not of 8 bytes");
}

}  // namespace

File::File(Bytes bytes) : bytes_(bytes) {
  bool fits = bytes.size() < std::numeric_limits<uint64_t>::max() / kMostReads;
  budget_ = fits ? kMostReads * bytes.size() : bytes.size();
  ByteReader reader(bytes);
  if (bytes.size() < 9 || reader.text(8) != kSignature) {
    throw Error("not an HDF5 file");
  }
  uint64_t version = reader.number(1);
  require(version <= 3, "unknown version of the superblock");
  version <= 1 ? read_old(reader, version) : read_new(reader);
}

Bytes File::region(uint64_t address, uint64_t size) {
  require(address <= bytes_.size() && size <= bytes_.size() - address,
          "an address outside the file");
  require(size <= budget_, "objects that overlap");
  budget_ -= size;
  return bytes_.subspan(address, size);
}

void File::read_old(ByteReader& reader, uint64_t version) {
  reader.take(4);  // versions of parts, which say so themselves
  require_wide_addresses(reader);
  reader.take(version == 0 ? 9 : 13);  // sizes of tree nodes, flags
  reader.expect(0, 8, "a file with something before it");
  reader.take(8);  // of free space
  require_whole(reader.number(8));
  reader.take(8 + 8);  // driver, name of the root
  root_ = reader.number(8);
}

void File::read_new(ByteReader& reader) {
  require_wide_addresses(reader);
  reader.take(1);  // flags
  reader.expect(0, 8, "a file with something before it");
  reader.take(8);  // of the extension
  require_whole(reader.number(8));
  root_ = reader.number(8);
}

void File::require_whole(uint64_t end) const {
  if (end <= bytes_.size()) return;
  throw Error("cut off: expected " + std::to_string(end) + " bytes, found " +
              std::to_string(bytes_.size()));
}

}  // namespace nc::frontend::hdf5
