#include "runtime/data/npy.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string_view>

#include "ir/error.h"
#include "ir/printable.h"

namespace nc {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kMaxRank = 32;

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
    throw Error("damaged .npy header near '" + printable(rest_.substr(0, 20)) +
                "'");
  }

  std::string_view rest_;
};

Scalar scalar_from(const std::string& descr) {
  std::string name = descr.empty() ? "" : descr.substr(1);
  auto type = enum_from<Scalar>(name);
  bool in_order = descr.starts_with('<') || descr.starts_with('|');
  if (type && in_order) return *type;
  if (type && descr.starts_with('>')) {
    throw Error("expected little-endian numbers, found '" + printable(descr) +
                "'");
  }
  if (name == "O") {
    throw Error("expected numbers, found pickled objects, which are not read");
  }
  throw Error("expected whole numbers, booleans, f4 or f8, found '" +
              printable(descr) + "'");
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
  if (length > kMaxNpyHeader || start + length > text.size()) {
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

}  // namespace

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

std::string format_npy(const Array& array) {
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

}  // namespace nc
