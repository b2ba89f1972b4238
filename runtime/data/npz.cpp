#include "runtime/data/npz.h"

#include <sys/stat.h>
#include <zip.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <numeric>
#include <string_view>

#include "ir/atomic_file.h"
#include "ir/error.h"

namespace nc {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kMaxRank = 32;
constexpr size_t kMaxHeader = 65536;
constexpr size_t kMaxBytes = size_t{8} * kMaxElements + kMaxHeader;
constexpr size_t kChunk = size_t{1} << 24;

// Text from the file within a message, which is one line.
std::string quoted(std::string_view text) {
  std::string line = "'";
  for (char each : text) line += each >= ' ' && each <= '~' ? each : '?';
  return line + "'";
}

// ---- The .npy header

struct Header {
  std::string descr;
  bool fortran_order = false;
  Shape shape;
};

// Reads the Python dictionary that a header is, for example
// {'descr': '<f4', 'fortran_order': False, 'shape': (60000, 784), }
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : rest_(text) {}

  Header parse() {
    Header header;
    expect('{');
    int entries = 0;
    for (; !accept('}'); ++entries) {
      if (entries > 0) expect(',');
      if (accept('}')) break;
      parse_entry(header);
    }
    if (entries != 3 || next() != '\0') fail();
    return header;
  }

 private:
  void parse_entry(Header& header) {
    std::string key = parse_quoted();
    expect(':');
    if (key == "descr") {
      if (next() == '[') throw Error("expected numbers, found records");
      header.descr = parse_quoted();
    } else if (key == "fortran_order") {
      header.fortran_order = parse_truth();
    } else if (key == "shape") {
      header.shape = parse_shape();
    } else {
      fail();
    }
  }

  std::string parse_quoted() {
    char quote = accept('"') ? '"' : '\'';
    if (quote == '\'') expect('\'');
    size_t end = rest_.find(quote);
    if (end == std::string_view::npos) fail();
    return std::string(take(end + 1).substr(0, end));
  }

  bool parse_truth() {
    next();
    for (std::string_view word : {"True", "False"}) {
      if (!rest_.starts_with(word)) continue;
      take(word.size());
      return word == "True";
    }
    fail();
  }

  Shape parse_shape() {
    Shape shape;
    expect('(');
    while (!accept(')')) {
      if (!shape.empty()) expect(',');
      if (accept(')')) break;
      shape.push_back(parse_number());
      if (shape.size() > kMaxRank) fail();
    }
    return shape;
  }

  int64_t parse_number() {
    next();
    int64_t number = 0;
    auto [stop, failure] =
        std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    if (failure != std::errc{} || number < 0) fail();
    take(static_cast<size_t>(stop - rest_.data()));
    return number;
  }

  // The next character that is no space; '\0' at the end.
  char next() {
    size_t spaces = rest_.find_first_not_of(" \n\t");
    take(std::min(spaces, rest_.size()));
    return rest_.empty() ? '\0' : rest_.front();
  }

  bool accept(char wanted) {
    if (next() != wanted) return false;
    take(1);
    return true;
  }

  void expect(char wanted) {
    if (!accept(wanted)) fail();
  }

  std::string_view take(size_t count) {
    std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  [[noreturn]] void fail() const {
    throw Error("damaged .npy header near " + quoted(rest_.substr(0, 20)));
  }

  std::string_view rest_;
};

Scalar scalar_from(const std::string& descr) {
  std::string name = descr.empty() ? "" : descr.substr(1);
  auto type = enum_from<Scalar>(name);
  bool in_order = descr.starts_with('<') || descr.starts_with('|');
  if (type && in_order) return *type;
  if (type && descr.starts_with('>')) {
    throw Error("expected little-endian numbers, found " + quoted(descr));
  }
  if (name == "O") {
    throw Error("expected numbers, found pickled objects, which are not read");
  }
  throw Error("expected whole numbers, booleans, f4 or f8, found " +
              quoted(descr));
}

// How many bytes precede the dictionary, and how many it has.
std::pair<size_t, size_t> header_extent(std::string_view text) {
  if (!text.starts_with(kMagic) || text.size() < 12) {
    throw Error("expected a .npy array, found other data");
  }
  auto byte = [&](size_t i) {
    return static_cast<size_t>(static_cast<unsigned char>(text[i]));
  };
  size_t version = byte(6);
  if (version < 1 || version > 3) {
    throw Error("expected .npy version 1, 2 or 3, found " +
                std::to_string(version));
  }
  size_t length = byte(8) | byte(9) << 8;
  if (version > 1) length |= byte(10) << 16 | byte(11) << 24;
  size_t start = version > 1 ? 12 : 10;
  if (length > kMaxHeader || start + length > text.size()) {
    throw Error("is not as long as its .npy header says");
  }
  return {start, length};
}

// ---- The values

// From first axis fastest to last axis fastest.
std::vector<std::byte> to_row_major(const std::vector<std::byte>& from,
                                    const Shape& shape, size_t width) {
  std::vector<std::byte> to(from.size());
  std::vector<size_t> strides;  // of `from`, in elements
  size_t stride = 1;
  for (int64_t size : shape) {
    strides.push_back(stride);
    stride *= static_cast<size_t>(size);
  }
  Shape index(shape.size(), 0);
  size_t source = 0;
  for (size_t at = 0; at < to.size(); at += width) {
    std::memcpy(to.data() + at, from.data() + source * width, width);
    for (size_t axis = shape.size(); axis-- > 0;) {
      source += strides[axis];
      if (++index[axis] < shape[axis]) break;
      source -= strides[axis] * static_cast<size_t>(shape[axis]);
      index[axis] = 0;
    }
  }
  return to;
}

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
    names += (i > 0 ? ", " : "") + quoted(name ? name : "");
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

std::string npy_of(const Array& array) {
  constexpr size_t kAlignment = 64;
  std::string shape;
  for (int64_t size : array.shape) shape += std::to_string(size) + ", ";
  std::string order = size_of(array.type) == 1 ? "|" : "<";
  std::string header = "{'descr': '" + order + name_of(array.type) +
                       "', 'fortran_order': False, 'shape': (" + shape + "), }";
  size_t start = kMagic.size() + 4;
  header.append(kAlignment - (start + header.size() + 1) % kAlignment, ' ');
  header += '\n';
  std::string npy(kMagic);
  npy += {'\x01', '\x00', static_cast<char>(header.size() & 0xff),
          static_cast<char>(header.size() >> 8)};
  npy += header;
  npy.append(reinterpret_cast<const char*>(array.bytes.data()),
             array.bytes.size());
  return npy;
}

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
    entries.push_back(npy_of(array));
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

Array parse_npy(std::vector<std::byte> bytes) {
  std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                        bytes.size());
  auto [start, length] = header_extent(text);
  Header header = HeaderParser(text.substr(start, length)).parse();
  Array array{header.shape, scalar_from(header.descr), {}};
  size_t expected =
      static_cast<size_t>(element_count(array.shape)) * size_of(array.type);
  size_t found = bytes.size() - start - length;
  if (expected != found) {
    throw Error("expected " + std::to_string(expected) + " bytes for shape " +
                to_string(array.shape) + ", found " + std::to_string(found));
  }
  bytes.erase(bytes.begin(),
              bytes.begin() + static_cast<std::ptrdiff_t>(start + length));
  array.bytes = header.fortran_order
                    ? to_row_major(bytes, array.shape, size_of(array.type))
                    : std::move(bytes);
  return array;
}

Samples read_npz(const std::string& path) {
  try {
    return read_archive(path);
  } catch (const Error& error) {
    throw error.in(path);
  }
}

}  // namespace nc
