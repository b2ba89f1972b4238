#include "runtime/data/npz.h"
#include "runtime/data/npy.h"

#include <zip.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <map>

#include "ir/atomic_file.h"
#include "ir/error.h"
#include "test/unit/temporary_folder.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using test::TemporaryFolder;

std::string numpys(const std::string& name) {
  return std::string(NC_TEST_DATA) + "/npz/" + name;
}

// A .npy file with the given dictionary.
std::string npy(const std::string& dictionary, const std::string& values,
                int version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(version);
  bytes += '\0';
  bytes += static_cast<char>(dictionary.size() & 255);
  bytes += static_cast<char>(dictionary.size() >> 8);
  if (version > 1) bytes += std::string(2, '\0');
  return bytes + dictionary + values;
}

std::string header(const std::string& descr, const std::string& shape,
                   const std::string& fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran +
         ", 'shape': " + shape + ", }\n";
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()),
          values.size() * sizeof(T)};
}

std::vector<std::byte> to_bytes(const std::string& text) {
  auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

Array parsed(const std::string& text) { return parse_npy(to_bytes(text)); }

std::string write_npz(const TemporaryFolder& folder,
                      const std::map<std::string, std::string>& entries,
                      int method = ZIP_CM_STORE) {
  std::string path = folder.path("a.npz");
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  REQUIRE(archive != nullptr);
  for (const auto& [name, bytes] : entries) {
    zip_source_t* source =
        zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    zip_int64_t index = zip_file_add(archive, name.c_str(), source, 0);
    REQUIRE(index >= 0);
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), method,
                             0);
  }
  REQUIRE(zip_close(archive) == 0);
  return path;
}

std::vector<float> floats(const Samples& samples) {
  return std::get<std::vector<float>>(samples.values);
}

TEST_CASE("a stored archive of NumPy is read") {
  Samples samples = read_npz(numpys("stored.npz"));
  CHECK(samples.is_image());
  CHECK(samples.size == 2);
  CHECK(samples.shape == Shape{1, 3, 4});
  CHECK(samples.labels == std::vector<int64_t>{1, 0});
  const auto& values = std::get<std::vector<uint8_t>>(samples.values);
  REQUIRE(values.size() == 24);
  for (size_t i = 0; i < 24; ++i) CHECK(values[i] == i);
}

TEST_CASE("a compressed archive of NumPy is read") {
  Samples samples = read_npz(numpys("compressed.npz"));
  CHECK_FALSE(samples.is_image());
  CHECK(samples.shape == Shape{1, 3, 4});
  CHECK(samples.labels == std::vector<int64_t>{1, 0});
  REQUIRE(floats(samples).size() == 24);
  CHECK(floats(samples)[23] == 11.5f);
}

TEST_CASE("an array of NumPy in Fortran order is laid out by rows") {
  Samples samples = read_npz(numpys("fortran.npz"));
  CHECK(samples.shape == Shape{2, 2});
  CHECK(samples.labels.empty());
  CHECK(floats(samples) ==
        std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
}

TEST_CASE("pickled objects are refused") {
  CHECK_THROWS_WITH(read_npz(numpys("objects.npz")),
                    Contains("objects.npz: x: expected numbers, found pickled "
                             "objects"));
}

TEST_CASE("every type and version of .npy gives the same numbers") {
  auto check = [](const std::string& descr, const std::string& values) {
    for (int version : {1, 2, 3}) {
      Array array = parsed(npy(header(descr, "(1, 3)"), values, version));
      Samples samples = samples_from(array, std::nullopt);
      CHECK(floats(samples) == std::vector<float>{0, 1, 1});
    }
  };
  check("|b1", bytes_of<uint8_t>({0, 1, 1}));
  check("|u1", bytes_of<uint8_t>({0, 1, 1}));
  check("<u2", bytes_of<uint16_t>({0, 1, 1}));
  check("<u4", bytes_of<uint32_t>({0, 1, 1}));
  check("<u8", bytes_of<uint64_t>({0, 1, 1}));
  check("|i1", bytes_of<int8_t>({0, 1, 1}));
  check("<i2", bytes_of<int16_t>({0, 1, 1}));
  check("<i4", bytes_of<int32_t>({0, 1, 1}));
  check("<i8", bytes_of<int64_t>({0, 1, 1}));
  check("<f4", bytes_of<float>({0, 1, 1}));
  check("<f8", bytes_of<double>({0, 1, 1}));
}

TEST_CASE("Fortran order of three axes of different sizes is undone") {
  // Element (i, j, k) of shape (2, 3, 4) is 12 i + 4 j + k.
  std::vector<int16_t> values;
  for (int k = 0; k < 4; ++k) {
    for (int j = 0; j < 3; ++j) {
      for (int i = 0; i < 2; ++i) {
        values.push_back(static_cast<int16_t>(12 * i + 4 * j + k));
      }
    }
  }
  Array array =
      parsed(npy(header("<i2", "(2, 3, 4)", "True"), bytes_of(values)));
  std::vector<float> rows = floats(samples_from(array, std::nullopt));
  for (size_t i = 0; i < 24; ++i) CHECK(rows[i] == static_cast<float>(i));
}

TEST_CASE("a header may be spaced and ordered as it likes") {
  Array array = parsed(
      npy("{ 'shape':(2,1),\"fortran_order\":False , 'descr':'<f4'}   \n",
          bytes_of<float>({1, 2})));
  CHECK(array.shape == Shape{2, 1});
  CHECK(parsed(npy(header("<f4", "(1,)"), bytes_of<float>({1}))).shape ==
        Shape{1});
  CHECK(parsed(npy(header("<f4", "()"), bytes_of<float>({1}))).shape.empty());
}

TEST_CASE("damaged .npy arrays are refused") {
  auto fails_with = [](const std::string& bytes, const std::string& text) {
    CHECK_THROWS_WITH(parsed(bytes), Contains(text));
  };
  std::string four = bytes_of<float>({1});
  fails_with("", "expected a .npy array");
  fails_with("\x93NUMPX and more", "expected a .npy array");
  fails_with(npy(header("<f4", "(1, 1)"), four, 4),
             "version 1, 2 or 3, found 4");
  fails_with(npy(header("<f4", "(1, 1)"), four).substr(0, 40),
             "not as long as its .npy header says");
  fails_with(npy(header("<f4", "(1, 2)"), four), "expected 8 bytes for shape");
  fails_with(npy(header("<f4", "(1, 1)"), four + four), "found 8");
  fails_with(npy(header("<f4", "(65536, 65536)"), four), "more than 2^31");
  fails_with(npy(header("<f4", "(99999999999999999999,)"), four), "damaged");
  fails_with(npy(header("<f4", "(-1, 1)"), four), "damaged .npy header");
  fails_with(npy(header("<f4", "(1 1)"), four), "damaged .npy header");
  fails_with(npy(header("<f4", "(1, 1)", "Perhaps"), four), "near 'Perhaps");
  fails_with(npy("{'descr': '<f4'}", four), "damaged .npy header");
  fails_with(npy("{'what': 1}", four), "damaged .npy header");
  fails_with(npy("{'descr': '<f4", four), "damaged .npy header");
  fails_with(npy("import os", four), "damaged .npy header near 'import os'");
  fails_with(npy(header("<f4", "(1, 1)") + "x", four), "damaged .npy header");
}

TEST_CASE("types of .npy that are not read are named") {
  auto fails_with = [](const std::string& descr, const std::string& text) {
    CHECK_THROWS_WITH(parsed(npy(header(descr, "(1, 1)"), "abcdefgh")),
                      Contains(text));
  };
  fails_with(">f4", "expected little-endian numbers, found '>f4'");
  fails_with("|O", "pickled objects");
  fails_with("<U2", "found '<U2'");
  fails_with("<c8", "found '<c8'");
  fails_with("<f2", "found '<f2'");
  fails_with("", "found ''");
  CHECK_THROWS_WITH(
      parsed(npy("{'descr': [('a', '<f4')], 'fortran_order': False, "
                 "'shape': (1, 1), }",
                 "abcd")),
      Contains("found records"));
}

TEST_CASE("archives made here are read, stored and compressed") {
  TemporaryFolder folder;
  std::vector<double> values(100, 0.25);
  for (int method : {ZIP_CM_STORE, ZIP_CM_DEFLATE}) {
    std::string path = write_npz(
        folder,
        {{"x.npy", npy(header("<f8", "(2, 50)"), bytes_of(values))},
         {"y.npy", npy(header("|i1", "(2,)"), bytes_of<int8_t>({3, 0}))}},
        method);
    Samples samples = read_npz(path);
    CHECK(floats(samples) == std::vector<float>(100, 0.25f));
    CHECK(samples.labels == std::vector<int64_t>{3, 0});
  }
}

TEST_CASE("archives without usable arrays are refused") {
  TemporaryFolder folder;
  std::string x = npy(header("<f4", "(2, 1)"), bytes_of<float>({1, 2}));
  auto fails_with = [&](const std::map<std::string, std::string>& entries,
                        const std::string& text) {
    std::string path = write_npz(folder, entries);
    CHECK_THROWS_WITH(read_npz(path), Contains(path + ": "));
    CHECK_THROWS_WITH(read_npz(path), Contains(text));
  };
  fails_with({{"images.npy", x}, {"y.npy", x}},
             "expected an array x, found 'images.npy', 'y.npy'");
  fails_with({{"x.npy", "no array"}}, "x: expected a .npy array");
  fails_with({{"x.npy", x}, {"y.npy", x}}, "y: expected shape [2]");
  fails_with({{"x.npy", x},
              {"y.npy", npy(header("<u8", "(2,)"),
                            bytes_of<uint64_t>({0, uint64_t{1} << 63}))}},
             "y: expected labels of at least 0");
  CHECK_THROWS_WITH(read_npz(folder.path("none.npz")),
                    Contains("No such file"));
  CHECK_THROWS_WITH(read_npz(folder.write("text.npz", "text")),
                    Contains("text.npz: expected a .npz archive"));
}

TEST_CASE("a damaged archive is refused") {
  TemporaryFolder folder;
  std::vector<float> values(64, 1.5f);
  std::string path = write_npz(
      folder, {{"x.npy", npy(header("<f4", "(2, 32)"), bytes_of(values))}});
  std::ifstream stream(path, std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(stream), {});
  bytes[200] ^= 1;  // within the values: the checksum tells
  CHECK_THROWS_WITH(read_npz(folder.write("b.npz", bytes)),
                    Contains("x: damaged: CRC error"));
}

template <class T>
Array array_of(Shape shape, Scalar type, const std::vector<T>& values) {
  return {std::move(shape), type, to_bytes(bytes_of(values))};
}

TEST_CASE("arrays that were written are read as they were") {
  TemporaryFolder folder;
  Arrays arrays;
  arrays["x"] =
      array_of<float>({2, 3}, Scalar::f4, {1, -2, 3.5F, 0, 1e-30F, 6});
  arrays["now.fc1.weight"] = array_of<double>({1}, Scalar::f8, {0.1});
  arrays["place"] = array_of<int64_t>({2}, Scalar::i8, {-7, int64_t{1} << 60});
  arrays["one"] = array_of<double>({}, Scalar::f8, {4});
  arrays["text"] = array_of<char>({3}, Scalar::u1, {'a', '=', '\n'});
  arrays["y"] = array_of<uint8_t>({2}, Scalar::u1, {0, 1});
  std::string path = folder.path("a.npz"), again = folder.path("b.npz");
  write_arrays(arrays, path);
  Arrays found = read_arrays(path);
  REQUIRE(found.size() == arrays.size());
  for (const auto& [name, array] : arrays) {
    CHECK(found.at(name).shape == array.shape);
    CHECK(found.at(name).type == array.type);
    CHECK(found.at(name).bytes == array.bytes);
  }
  CHECK(read_npz(path).size == 2);
  write_arrays(arrays, again);
  CHECK(read_whole(path, 1 << 20) == read_whole(again, 1 << 20));
  CHECK_THROWS_WITH(write_arrays(arrays, folder.path("no/such/a.npz")),
                    Contains("a.npz"));
  std::string packed = write_npz(
      folder, {{"x.npy", npy(header("<f4", "(1,)"), std::string(4, '\0'))}},
      ZIP_CM_DEFLATE);
  CHECK_THROWS_WITH(read_arrays(packed), Contains("compressed"));
}

}  // namespace
}  // namespace nc
