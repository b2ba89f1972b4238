#include "runtime/data/npz.h"

#include <sys/stat.h>
#include <zip.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include "ir/atomic_file.h"
#include "ir/error.h"
#include "ir/printable.h"
#include "runtime/data/npy.h"

namespace nc {
namespace {

constexpr size_t kMaxBytes = size_t{8} * kMaxElements + kMaxNpyHeader;
constexpr size_t kChunk = size_t{1} << 24;

// ---- The archive

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
using Archive = std::unique_ptr<zip_t, Discard>;

struct Close {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Entry = std::unique_ptr<zip_file_t, Close>;

Archive open_archive(const std::string& path) {
  int code = 0;
  Archive archive(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (archive) return archive;
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  throw Error("expected a .npz archive, found: " + reason);
}

size_t entry_size(zip_t* archive, zip_uint64_t index) {
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_stat_index(archive, index, 0, &stat) != 0 ||
      !(stat.valid & ZIP_STAT_SIZE) || stat.size > kMaxBytes) {
    throw Error("expected an array of at most 2^31 values");
  }
  return stat.size;
}

// Memory grows with what is read: the archive may claim any size. The read
// beyond the end makes libzip compare the checksum.
std::vector<std::byte> read_entry(zip_t* archive, zip_uint64_t index) {
  size_t size = entry_size(archive, index);
  Entry entry(zip_fopen_index(archive, index, 0));
  if (!entry) throw Error(zip_strerror(archive));
  std::vector<std::byte> bytes;
  zip_int64_t got = 1;
  while (got > 0 && bytes.size() <= size) {
    size_t have = bytes.size();
    bytes.resize(have + std::min(kChunk, size - have + 1));
    got = zip_fread(entry.get(), bytes.data() + have, bytes.size() - have);
    bytes.resize(have + static_cast<size_t>(std::max<zip_int64_t>(got, 0)));
  }
  if (got == 0 && bytes.size() == size) return bytes;
  throw Error(std::string("damaged: ") +
              (got < 0 ? zip_file_strerror(entry.get())
                       : "not as long as the archive says"));
}

std::optional<Array> read_array(zip_t* archive, const std::string& name) {
  zip_int64_t index = zip_name_locate(archive, (name + ".npy").c_str(), 0);
  if (index < 0) return std::nullopt;
  try {
    return parse_npy(read_entry(archive, static_cast<zip_uint64_t>(index)));
  } catch (const Error& error) {
    throw error.in(name);
  }
}

std::string entry_names(zip_t* archive) {
  std::string names;
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); ++i) {
    const char* name = zip_get_name(archive, static_cast<zip_uint64_t>(i), 0);
    if (i == 8) return names + ", ...";
    names +=
        std::string(i > 0 ? ", '" : "'") + printable(name ? name : "") + "'";
  }
  return names.empty() ? "nothing" : names;
}

Samples read_archive(const std::string& path) {
  Archive archive = open_archive(path);
  auto x = read_array(archive.get(), "x");
  if (!x) {
    throw Error("expected an array x, found " + entry_names(archive.get()));
  }
  return samples_from(*x, read_array(archive.get(), "y"));
}

// What is stored as it stands cannot be more than the file.
void require_stored(zip_t* archive, const std::string& path) {
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) throw Error(std::strerror(errno));
  auto left = static_cast<zip_uint64_t>(file.st_size);
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); ++i) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    bool known =
        zip_stat_index(archive, static_cast<zip_uint64_t>(i), 0, &stat) == 0 &&
        stat.comp_method == ZIP_CM_STORE;
    if (!known || stat.size > left) {
      throw Error("expected stored arrays, found compressed or damaged ones");
    }
    left -= stat.size;
  }
}

Arrays read_all(const std::string& path) {
  constexpr std::string_view kSuffix = ".npy";
  Archive archive = open_archive(path);
  require_stored(archive.get(), path);
  Arrays arrays;
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive.get(), 0); ++i) {
    auto index = static_cast<zip_uint64_t>(i);
    const char* found = zip_get_name(archive.get(), index, 0);
    std::string_view name = found ? found : "";
    if (!name.ends_with(kSuffix)) continue;
    name.remove_suffix(kSuffix.size());
    if (auto array = read_array(archive.get(), std::string(name))) {
      arrays.emplace(name, std::move(*array));
    }
  }
  return arrays;
}

// ---- Writing

// Stored, and without the time of day.
void add_entry(zip_t* archive, const std::string& name,
               const std::string& bytes) {
  constexpr zip_uint16_t kMidnight = 0, kFirstOfJanuary1980 = 0x21;
  zip_source_t* source =
      zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
  zip_int64_t index =
      zip_file_add(archive, (name + ".npy").c_str(), source, ZIP_FL_ENC_UTF_8);
  auto entry = static_cast<zip_uint64_t>(index);
  if (index < 0 ||
      zip_set_file_compression(archive, entry, ZIP_CM_STORE, 0) != 0 ||
      zip_file_set_dostime(archive, entry, kMidnight, kFirstOfJanuary1980, 0) !=
          0) {
    throw Error(zip_strerror(archive));
  }
}

struct Free {
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};

std::vector<std::byte> read_source(zip_source_t* source) {
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_source_stat(source, &stat) != 0 || zip_source_open(source) != 0) {
    throw Error(zip_error_strerror(zip_source_error(source)));
  }
  std::vector<std::byte> bytes(stat.size);
  zip_int64_t got = zip_source_read(source, bytes.data(), bytes.size());
  zip_source_close(source);
  if (got == static_cast<zip_int64_t>(bytes.size())) return bytes;
  throw Error(zip_error_strerror(zip_source_error(source)));
}

std::vector<std::byte> bytes_of(const Arrays& arrays) {
  zip_error_t error;
  zip_error_init(&error);
  std::unique_ptr<zip_source_t, Free> source(
      zip_source_buffer_create(nullptr, 0, 0, &error));
  if (!source) throw Error(zip_error_strerror(&error));
  Archive archive(zip_open_from_source(source.get(), ZIP_TRUNCATE, &error));
  if (!archive) throw Error(zip_error_strerror(&error));
  zip_source_keep(source.get());  // the archive owns one, this function another
  std::vector<std::string> entries;  // libzip reads them when it closes
  entries.reserve(arrays.size());
  for (const auto& [name, array] : arrays) {
    entries.push_back(format_npy(array));
    add_entry(archive.get(), name, entries.back());
  }
  if (zip_close(archive.get()) != 0) throw Error(zip_strerror(archive.get()));
  static_cast<void>(archive.release());
  return read_source(source.get());
}

}  // namespace

Arrays read_arrays(const std::string& path) {
  try {
    return read_all(path);
  } catch (const Error& error) {
    throw error.in(path);
  }
}

void write_arrays(const Arrays& arrays, const std::string& path) {
  std::vector<std::byte> bytes;
  try {
    bytes = bytes_of(arrays);
  } catch (const Error& error) {
    throw error.in(path);
  }
  write_atomically(path, bytes);
}

Samples read_npz(const std::string& path) {
  try {
    return read_archive(path);
  } catch (const Error& error) {
    throw error.in(path);
  }
}

}  // namespace nc
