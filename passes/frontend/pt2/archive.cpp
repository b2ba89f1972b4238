#include "passes/frontend/pt2/archive.h"

#include "ir/error.h"

namespace nc::frontend::pt2 {
namespace {

constexpr const char* kOldProgram = "serialized_exported_program.json";

// What is compressed may not swell beyond this; PyTorch compresses nothing.
constexpr uint64_t kMostInflated = uint64_t{64} << 20;
constexpr zip_int64_t kMostEntries = 1 << 20;

std::string name_at(zip_t* archive, zip_int64_t index) {
  const char* name =
      zip_get_name(archive, static_cast<zip_uint64_t>(index), ZIP_FL_ENC_RAW);
  if (name == nullptr) throw Error("the zip archive is damaged");
  return name;
}

// "model/" when the first entry lies in it; the oldest layout has no root.
std::string root_of(zip_t* archive) {
  if (zip_get_num_entries(archive, 0) < 1) return "";
  if (zip_name_locate(archive, kOldProgram, ZIP_FL_ENC_RAW) >= 0) return "";
  std::string first = name_at(archive, 0);
  size_t slash = first.find('/');
  return slash == std::string::npos ? "" : first.substr(0, slash + 1);
}

bool is_one(zip_t* archive) {
  std::string root = root_of(archive);
  std::string format = root + "archive_format";
  return zip_name_locate(archive, kOldProgram, ZIP_FL_ENC_RAW) >= 0 ||
         zip_name_locate(archive, format.c_str(), ZIP_FL_ENC_RAW) >= 0;
}

}  // namespace

Archive::Archive(Bytes bytes)
    : zip_(open_zip(bytes)), file_size_(bytes.size()) {
  zip_int64_t count = zip_get_num_entries(zip_.get(), 0);
  if (count > kMostEntries) throw Error("the zip archive has too many entries");
  std::string root = root_of(zip_.get());
  for (zip_int64_t i = 0; i < count; ++i) {
    std::string name = name_at(zip_.get(), i);
    bool is_inside = name.compare(0, root.size(), root) == 0;
    if (is_inside) name = name.substr(root.size());
    if (!entries_.emplace(name, static_cast<uint64_t>(i)).second) {
      throw Error("the zip archive holds '" + name + "' twice");
    }
  }
}

bool Archive::has(const std::string& name) const {
  return entries_.count(name) > 0;
}

std::vector<std::string> Archive::names() const {
  std::vector<std::string> names;
  for (const auto& each : entries_) names.push_back(each.first);
  return names;
}

std::vector<std::byte> Archive::read(const std::string& name) const {
  auto found = entries_.find(name);
  if (found == entries_.end())
    throw Error("its entry '" + name + "' is missing");
  zip_stat_t stat;
  if (zip_stat_index(zip_.get(), found->second, 0, &stat) != 0) {
    throw Error("the zip archive is damaged");
  }
  uint64_t most = stat.comp_method == ZIP_CM_STORE ? file_size_ : kMostInflated;
  if (stat.size > most) {
    throw Error("its entry '" + name + "' claims to be too large");
  }
  ZipEntry entry = open_entry(zip_.get(), found->second, name);
  std::vector<std::byte> content(stat.size);
  zip_int64_t count = zip_fread(entry.get(), content.data(), content.size());
  // The check sum is looked at when the end is reached.
  std::byte beyond;
  bool is_whole = count == static_cast<zip_int64_t>(content.size()) &&
                  zip_fread(entry.get(), &beyond, 1) == 0;
  if (!is_whole) throw Error("its entry '" + name + "' is damaged");
  return content;
}

std::string Archive::read_text(const std::string& name) const {
  std::vector<std::byte> bytes = read(name);
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

bool is_exported_program(const std::string& path) {
  int code = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_RDONLY, &code);
  if (archive == nullptr) return false;
  bool found = is_one(archive);
  zip_discard(archive);
  return found;
}

}  // namespace nc::frontend::pt2
