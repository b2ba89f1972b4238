#include "passes/frontend/onnx/data_folder.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>

#include "ir/error.h"
#include "ir/printable.h"

namespace nc::onnx {
namespace {

namespace fs = std::filesystem;

// What the tensor says of itself: location, offset, length.
struct Place {
  std::string location;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
};

uint64_t number_of(const std::string& text) {
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  auto [stop, code] = std::from_chars(text.data(), end, value);
  if (code == std::errc() && stop == end) return value;
  throw Error("expected a whole number of bytes, found '" + text + "'");
}

Place place_of(const ::onnx::TensorProto& tensor) {
  Place place;
  for (const auto& entry : tensor.external_data()) {
    if (entry.key() == "location") place.location = entry.value();
    if (entry.key() == "offset") place.offset = number_of(entry.value());
    if (entry.key() == "length") place.length = number_of(entry.value());
  }
  if (place.location.empty()) throw Error("names no file for its data");
  return place;
}

// Whether the location stays in the folder as it is written.
bool is_inside(const fs::path& location) {
  if (location.is_absolute() || location.has_root_name()) return false;
  return std::none_of(location.begin(), location.end(),
                      [](const fs::path& part) { return part == ".."; });
}

// Whether a path without links lies below a folder without links.
bool is_below(const fs::path& path, const fs::path& folder) {
  auto ends =
      std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return ends.first == folder.end();
}

}  // namespace

DataFolder::DataFolder(const std::string& model_path) {
  std::error_code code;
  fs::path folder = fs::path(model_path).parent_path();
  folder_ = fs::canonical(folder.empty() ? "." : folder, code);
  if (code) throw Error("its folder cannot be read: " + code.message());
}

const DataFolder::File& DataFolder::file(const std::string& location) {
  auto known = files_.find(location);
  if (known != files_.end()) return known->second;
  std::string shown = "its data file '" + printable(location) + "' ";
  if (location.find('\0') != std::string::npos || !is_inside(location)) {
    throw Error(shown + "lies outside of the model's folder");
  }
  std::error_code code;
  File file;
  file.path = fs::canonical(folder_ / location, code);
  if (code) throw Error(shown + "cannot be read: " + code.message());
  if (!is_below(file.path, folder_)) {
    throw Error(shown + "is a link out of the model's folder");
  }
  bool is_plain = fs::is_regular_file(file.path, code);
  if (is_plain) file.size = fs::file_size(file.path, code);
  if (!is_plain || code) throw Error(shown + "is no plain file");
  return files_[location] = file;
}

std::vector<std::byte> DataFolder::read(const ::onnx::TensorProto& tensor,
                                        size_t size) {
  Place place = place_of(tensor);
  const File& from = file(place.location);
  if (place.length.value_or(size) != size) {
    throw Error("expected " + std::to_string(size) + " bytes, found " +
                std::to_string(*place.length));
  }
  if (place.offset > from.size || size > from.size - place.offset) {
    throw Error("expected bytes " + std::to_string(place.offset) + " to " +
                std::to_string(place.offset + size) + " of '" +
                printable(place.location) + "', which has " +
                std::to_string(from.size));
  }
  std::vector<std::byte> bytes(size);
  std::ifstream stream(from.path, std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(place.offset));
  stream.read(reinterpret_cast<char*>(bytes.data()),
              static_cast<std::streamsize>(size));
  if (!stream) {
    throw Error("'" + printable(place.location) + "' cannot be read");
  }
  return bytes;
}

uintmax_t DataFolder::size() const {
  uintmax_t size = 0;
  for (const auto& each : files_) size += each.second.size;
  return size;
}

std::vector<std::string> DataFolder::files() const {
  std::vector<std::string> paths;
  for (const auto& each : files_) paths.push_back(each.second.path);
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

}  // namespace nc::onnx
