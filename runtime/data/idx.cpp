#include "runtime/data/idx.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <optional>

#include "ir/error.h"

namespace nc {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kClasses = 10;
constexpr size_t kMaxRank = 4;
constexpr size_t kChunk = size_t{1} << 24;

struct Close {
  void operator()(gzFile file) const { gzclose(file); }
};
using GzFile = std::unique_ptr<gzFile_s, Close>;

// gzread passes plain files through as they are.
GzFile open(const std::string& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) throw Error("no such file");
  GzFile file(gzopen(path.c_str(), "rb"));
  if (!file) throw Error("cannot be opened for reading");
  return file;
}

// Returns how many of `count` bytes there were.
size_t read_some(gzFile file, uint8_t* bytes, size_t count) {
  int got = gzread(file, bytes, static_cast<unsigned>(count));
  int status = Z_OK;
  gzerror(file, &status);
  if (status == Z_BUF_ERROR) throw Error("is truncated: gzip data end early");
  if (got < 0 || status != Z_OK) throw Error("damaged gzip data");
  return static_cast<size_t>(got);
}

[[noreturn]] void fail_length(size_t expected, const std::string& found) {
  throw Error("expected " + std::to_string(expected) +
              " bytes of values as its header says, found " + found);
}

std::vector<uint8_t> read_values(gzFile file, size_t count) {
  std::vector<uint8_t> values;
  while (values.size() < count) {
    size_t have = values.size();
    size_t wanted = std::min(kChunk, count - have);
    values.resize(have + wanted);
    size_t got = read_some(file, values.data() + have, wanted);
    if (got < wanted) fail_length(count, std::to_string(have + got));
  }
  uint8_t beyond = 0;
  if (read_some(file, &beyond, 1) != 0) fail_length(count, "more");
  return values;
}

uint32_t big_endian(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 |
         uint32_t{bytes[2]} << 8 | uint32_t{bytes[3]};
}

Shape read_header(gzFile file) {
  std::array<uint8_t, 4 + 4 * kMaxRank> header = {};
  if (read_some(file, header.data(), 4) < 4 || header[0] || header[1]) {
    throw Error("expected an IDX file, found other data");
  }
  size_t rank = header[3];
  if (header[2] != 8 || rank < 1 || rank > kMaxRank) {
    throw Error(
        "expected IDX of unsigned bytes (type 8) with 1 to 4 axes, found "
        "type " +
        std::to_string(header[2]) + " with " + std::to_string(rank) + " axes");
  }
  if (read_some(file, header.data() + 4, 4 * rank) < 4 * rank) {
    throw Error("ends within its header");
  }
  Shape shape;
  for (size_t axis = 0; axis < rank; ++axis) {
    shape.push_back(big_endian(header.data() + 4 + 4 * axis));
  }
  return shape;
}

IdxArray read_ranked(const std::string& path, size_t rank) {
  IdxArray array = read_idx(path);
  if (array.shape.size() == rank && element_count(array.shape) > 0) {
    return array;
  }
  throw Error(path + ": expected " + std::to_string(rank) +
              " axes, none of size 0, found shape " + to_string(array.shape));
}

// Where `stem` is, with or without ".gz".
std::optional<std::string> find(const std::string& folder,
                                const std::string& stem) {
  for (const char* inner : {"", "raw", "MNIST/raw", "FashionMNIST/raw"}) {
    for (const char* extension : {".gz", ""}) {
      fs::path path = fs::path(folder) / inner / (stem + extension);
      std::error_code ignored;
      if (fs::exists(path, ignored)) return path.string();
    }
  }
  return std::nullopt;
}

std::string find_or_fail(const std::string& folder, const std::string& stem,
                         const std::string& advice) {
  if (auto path = find(folder, stem)) return *path;
  std::error_code ignored;
  throw Error(
      folder + ": expected a folder with " + stem + ".gz, found " +
      (fs::is_directory(folder, ignored) ? "none in it" : "no such folder") +
      "; " + advice);
}

std::vector<int64_t> read_labels(const std::string& path, int64_t images) {
  IdxArray array = read_ranked(path, 1);
  if (array.shape[0] != images) {
    throw Error(path + ": expected a label for each of " +
                std::to_string(images) + " images, found " +
                std::to_string(array.shape[0]));
  }
  std::vector<int64_t> labels(array.values.begin(), array.values.end());
  try {
    check_labels(labels, kClasses);
  } catch (const Error& error) {
    throw error.in(path);
  }
  return labels;
}

}  // namespace

IdxArray read_idx(const std::string& path) {
  try {
    GzFile file = open(path);
    Shape shape = read_header(file.get());
    auto count = static_cast<size_t>(element_count(shape));
    return {shape, read_values(file.get(), count)};
  } catch (const Error& error) {
    throw error.in(path);
  }
}

Samples read_idx_folder(const std::string& folder, const std::string& prefix,
                        const std::string& advice) {
  std::string images_path =
      find_or_fail(folder, prefix + "-images-idx3-ubyte", advice);
  std::string labels_path =
      find_or_fail(folder, prefix + "-labels-idx1-ubyte", advice);
  IdxArray images = read_ranked(images_path, 3);
  Samples samples;
  samples.shape = {1, images.shape[1], images.shape[2]};
  samples.size = images.shape[0];
  samples.values = std::move(images.values);
  samples.labels = read_labels(labels_path, samples.size);
  return samples;
}

}  // namespace nc
