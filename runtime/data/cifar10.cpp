#include "runtime/data/cifar10.h"

#include <filesystem>
#include <fstream>

#include "ir/error.h"

namespace nc {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPixels = 3 * 32 * 32;
constexpr size_t kRecord = 1 + kPixels;
constexpr size_t kRecordsPerFile = 10000;
constexpr size_t kMaxRecords = 100 * kRecordsPerFile;
constexpr auto kAdvice =
    "unpack https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz";

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::string describe(const fs::path& folder) {
  if (is_there(folder / "cifar-10-batches-py") ||
      is_there(folder / "test_batch")) {
    return "the Python version";
  }
  return is_there(folder) ? "none in it" : "no such folder";
}

fs::path find_folder(const fs::path& folder) {
  for (const char* inner : {"", "cifar-10-batches-bin"}) {
    fs::path path = folder / inner;
    if (is_there(path / "test_batch.bin") ||
        is_there(path / "data_batch_1.bin")) {
      return path;
    }
  }
  throw Error(folder.string() +
              ": expected a folder with data_batch_1.bin, found " +
              describe(folder) + "; " + kAdvice);
}

size_t count_records(const fs::path& path) {
  std::error_code failure;
  size_t bytes = fs::file_size(path, failure);
  if (failure) {
    throw Error(std::string("expected a CIFAR-10 file, found none; ") +
                kAdvice);
  }
  size_t records = bytes / kRecord;
  if (records == 0 || bytes % kRecord != 0 || records > kMaxRecords) {
    throw Error("expected records of 3073 bytes, found " +
                std::to_string(bytes) + " bytes");
  }
  return records;
}

// Returns the labels.
std::vector<int64_t> append_records(const fs::path& path, size_t records,
                                    Samples& samples) {
  std::vector<int64_t> labels;
  auto& values = std::get<std::vector<uint8_t>>(samples.values);
  std::ifstream file(path, std::ios::binary);
  for (size_t i = 0; i < records; ++i) {
    labels.push_back(file.get());
    values.resize(values.size() + kPixels);
    auto* pixels = values.data() + values.size() - kPixels;
    if (!file.read(reinterpret_cast<char*>(pixels), kPixels)) {
      throw Error("cannot be read");
    }
  }
  samples.size += static_cast<int64_t>(records);
  return labels;
}

void append_file(const fs::path& path, Samples& samples) {
  try {
    size_t records = count_records(path);
    std::vector<int64_t> labels = append_records(path, records, samples);
    check_labels(labels, std::size(kCifar10Classes));
    samples.labels.insert(samples.labels.end(), labels.begin(), labels.end());
    if (records == kRecordsPerFile) return;
    samples.remarks.push_back(path.filename().string() + " has " +
                              std::to_string(records) +
                              " images, CIFAR-10 has 10000 in each file");
  } catch (const Error& error) {
    throw error.in(path.string());
  }
}

}  // namespace

Samples read_cifar10(const std::string& folder, bool training) {
  fs::path path = find_folder(folder);
  Samples samples;
  samples.shape = {3, 32, 32};
  if (!training) {
    append_file(path / "test_batch.bin", samples);
    return samples;
  }
  std::get<std::vector<uint8_t>>(samples.values)
      .reserve(5 * kRecordsPerFile * kPixels);
  for (int i = 1; i <= 5; ++i) {
    append_file(path / ("data_batch_" + std::to_string(i) + ".bin"), samples);
  }
  return samples;
}

}  // namespace nc
