#include "test/support/zip_files.h"

#include <zip.h>

#include <catch2/catch.hpp>
#include <filesystem>

namespace nc::test {

ZipEntries read_zip(const std::string& path) {
  zip_t* archive = zip_open(path.c_str(), ZIP_RDONLY, nullptr);
  REQUIRE(archive != nullptr);
  ZipEntries entries;
  zip_int64_t count = zip_get_num_entries(archive, 0);
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
    zip_stat_t stat;
    REQUIRE(zip_stat_index(archive, i, 0, &stat) == 0);
    std::string content(stat.size, '\0');
    zip_file_t* entry = zip_fopen_index(archive, i, 0);
    REQUIRE(entry != nullptr);
    REQUIRE(zip_fread(entry, content.data(), content.size()) ==
            static_cast<zip_int64_t>(content.size()));
    zip_fclose(entry);
    entries.emplace_back(stat.name, content);
  }
  zip_discard(archive);
  return entries;
}

void write_zip(const std::string& path, const ZipEntries& entries) {
  std::filesystem::remove(path);
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE, nullptr);
  REQUIRE(archive != nullptr);
  for (const auto& [name, content] : entries) {
    zip_source_t* source =
        zip_source_buffer(archive, content.data(), content.size(), 0);
    zip_int64_t index =
        zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
    REQUIRE(index >= 0);
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(index),
                             ZIP_CM_STORE, 0);
  }
  REQUIRE(zip_close(archive) == 0);
}

std::string& entry_ending(ZipEntries& entries, const std::string& ending) {
  std::string* found = nullptr;
  for (auto& [name, content] : entries) {
    if (!name.ends_with(ending)) continue;
    REQUIRE(found == nullptr);
    found = &content;
  }
  REQUIRE(found != nullptr);
  return *found;
}

}  // namespace nc::test
