// The guarded metadata blocks of an HDF5 file that the library has written,
// so that tests can change them and make them look whole again.
#pragma once

#include <cstddef>
#include <vector>

#include "ir/sha256.h"

namespace nc::test {

// Bytes [begin, end), followed by their 4-byte checksum.
struct Hdf5Block {
  size_t begin = 0;
  size_t end = 0;
};

// The superblock and all object headers and their continuations.
std::vector<Hdf5Block> find_hdf5_blocks(Bytes image);

// Puts right the checksums of the blocks.
void repair_checksums(std::vector<std::byte>& image,
                      const std::vector<Hdf5Block>& blocks);

// The image as a file of ours: followed by its SHA-256.
std::vector<std::byte> with_trailer(const std::vector<std::byte>& image);

// The reverse: the HDF5 part of a file of ours.
std::vector<std::byte> without_trailer(const std::vector<std::byte>& file);

}  // namespace nc::test
