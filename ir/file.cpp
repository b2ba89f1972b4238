#include "ir/file.h"

#include <algorithm>
#include <string_view>

#include "ir/atomic_file.h"
#include "ir/error.h"
#include "ir/image.h"

namespace nc {
namespace {

constexpr std::string_view kHdf5Signature("\x89HDF\r\n\x1a\n", 8);
// Stands behind HDF5's end of the file, where HDF5 does not look, and is
// followed by the SHA-256 of everything before it, as 32 bytes.
constexpr std::string_view kTrailer("SNNsha2\n", 8);
constexpr size_t kHashSize = 32;
constexpr size_t kTrailerSize = kTrailer.size() + kHashSize;
constexpr size_t kMaxFile = size_t{16} << 30;

std::byte half_byte(char digit) {
  return static_cast<std::byte>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

std::vector<std::byte> hash_of(Bytes bytes) {
  std::string hex = sha256(bytes);
  std::vector<std::byte> hash;
  for (size_t i = 0; i < hex.size(); i += 2) {
    hash.push_back(half_byte(hex[i]) << 4 | half_byte(hex[i + 1]));
  }
  return hash;
}

bool equal(Bytes bytes, Bytes expected) {
  return std::equal(bytes.begin(), bytes.end(), expected.begin(),
                    expected.end());
}

bool equal(Bytes bytes, std::string_view expected) {
  return equal(bytes, std::as_bytes(std::span(expected)));
}

// The HDF5 part of a whole and undamaged file.
Bytes checked_image(Bytes bytes) {
  size_t head = std::min(bytes.size(), kHdf5Signature.size());
  if (bytes.empty()) throw Error("the file is empty");
  if (!equal(bytes.first(head), kHdf5Signature.substr(0, head))) {
    throw Error("not an .snn file");
  }
  if (bytes.size() < kTrailerSize) {
    throw Error("truncated, or not written by this program");
  }
  Bytes image = bytes.first(bytes.size() - kTrailerSize);
  Bytes trailer = bytes.last(kTrailerSize);
  if (!equal(trailer.first(kTrailer.size()), kTrailer)) {
    throw Error("truncated, or not written by this program");
  }
  if (!equal(trailer.last(kHashSize), hash_of(image))) throw Error("damaged");
  return image;
}

}  // namespace

std::vector<std::byte> to_bytes(const Graph& graph) {
  std::vector<std::byte> bytes = write_image(graph);
  std::vector<std::byte> hash = hash_of(bytes);
  Bytes trailer = std::as_bytes(std::span(kTrailer));
  bytes.insert(bytes.end(), trailer.begin(), trailer.end());
  bytes.insert(bytes.end(), hash.begin(), hash.end());
  return bytes;
}

Graph from_bytes(Bytes bytes) { return read_image(checked_image(bytes)); }

void save(const Graph& graph, const std::string& path) {
  std::vector<std::byte> bytes;
  try {
    bytes = to_bytes(graph);
  } catch (const Error& error) {
    throw error.in(path == "-" ? "standard output" : path);
  }
  write_atomically(path, bytes);
}

Graph load(const std::string& path) {
  std::vector<std::byte> bytes = read_whole(path, kMaxFile);
  try {
    return from_bytes(bytes);
  } catch (const Error& error) {
    throw error.in(path == "-" ? "standard input" : path);
  }
}

}  // namespace nc
