#include "test/support/hdf5_blocks.h"

#include <charconv>
#include <cstring>
#include <string>

#include "ir/lookup3.h"

namespace nc::test {
namespace {

constexpr size_t kTrailerSize = 40;
constexpr size_t kSuperblockSize = 44;

bool has_signature(Bytes image, size_t at) {
  return std::memcmp(image.data() + at, "OHDR", 4) == 0 ||
         std::memcmp(image.data() + at, "OCHK", 4) == 0;
}

uint32_t number_at(Bytes image, size_t at) {
  uint32_t number = 0;
  std::memcpy(&number, image.data() + at, sizeof(number));
  return number;
}

// A block ends where the hash of what it holds stands.
size_t end_of_block(Bytes image, size_t begin) {
  for (size_t end = begin + 4; end + 4 <= image.size(); ++end) {
    uint32_t sum = lookup3(image.subspan(begin, end - begin));
    if (sum == number_at(image, end)) return end;
  }
  return 0;
}

}  // namespace

std::vector<Hdf5Block> find_hdf5_blocks(Bytes image) {
  std::vector<Hdf5Block> blocks = {{0, kSuperblockSize}};
  for (size_t at = kSuperblockSize; at + 8 <= image.size(); ++at) {
    if (!has_signature(image, at)) continue;
    size_t end = end_of_block(image, at);
    if (end > 0) blocks.push_back({at, end});
  }
  return blocks;
}

void repair_checksums(std::vector<std::byte>& image,
                      const std::vector<Hdf5Block>& blocks) {
  for (const Hdf5Block& block : blocks) {
    uint32_t sum =
        lookup3(Bytes(image).subspan(block.begin, block.end - block.begin));
    std::memcpy(image.data() + block.end, &sum, sizeof(sum));
  }
}

std::vector<std::byte> with_trailer(const std::vector<std::byte>& image) {
  std::vector<std::byte> file = image;
  for (char c : std::string("SNNsha2\n")) {
    file.push_back(static_cast<std::byte>(c));
  }
  std::string hex = sha256(image);
  for (size_t i = 0; i < hex.size(); i += 2) {
    unsigned byte = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
    file.push_back(static_cast<std::byte>(byte));
  }
  return file;
}

std::vector<std::byte> without_trailer(const std::vector<std::byte>& file) {
  return {file.begin(), file.end() - kTrailerSize};
}

}  // namespace nc::test
