#include "runtime/data/nmnist.h"

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "ir/error.h"

namespace nc {
namespace {

namespace fs = std::filesystem;

constexpr int kDigits = 10;

struct Recording {
  std::string number;  // the file's name; MNIST's position
  int digit;
  fs::path path;

  // Numbers have five digits; longer ones come behind.
  auto key() const { return std::tuple(number.size(), number, digit); }
};

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

fs::path find_folder(const fs::path& folder, const char* part) {
  for (const char* inner : {"", "nmnist", "NMNIST", "N-MNIST"}) {
    if (is_folder(folder / inner / part)) return folder / inner / part;
  }
  throw Error(folder.string() + ": expected a folder with " + part +
              "/0/00001.bin and so on, found " +
              (is_folder(folder) ? std::string("no ") + part + " in it"
                                 : "no such folder") +
              "; unpack https://www.garrickorchard.com/datasets/n-mnist");
}

// Returns how many there were.
size_t list_digit(const fs::path& folder, int digit,
                  std::vector<Recording>& all) {
  size_t before = all.size();
  if (!is_folder(folder)) return 0;
  for (const fs::directory_entry& each : fs::directory_iterator(folder)) {
    if (each.path().extension() != ".bin") continue;
    all.push_back({each.path().stem().string(), digit, each.path()});
  }
  return all.size() - before;
}

}  // namespace

Samples read_nmnist(const std::string& folder, bool training) {
  fs::path path = find_folder(folder, training ? "Train" : "Test");
  std::vector<Recording> all;
  std::string missing;
  for (int digit = 0; digit < kDigits; ++digit) {
    std::string name = std::to_string(digit);
    if (list_digit(path / name, digit, all) == 0) missing += " " + name;
  }
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.key() < b.key(); });
  Samples samples;
  samples.size = static_cast<int64_t>(all.size());
  for (const Recording& each : all) {
    samples.recordings.push_back(each.path.string());
    samples.labels.push_back(each.digit);
  }
  if (!missing.empty()) {
    samples.remarks.push_back("has no recordings of the digits" + missing);
  }
  return samples;
}

}  // namespace nc
