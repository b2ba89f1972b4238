// Samples from HDF5 files of any number type.
#include <hdf5.h>
#include <zlib.h>

#include <array>
#include <catch2/catch.hpp>
#include <limits>
#include <numeric>

#include "ir/hdf5.h"
#include "test/support/data_files.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using hdf5::Handle;
using test::load;
using test::numbered;
using test::TemporaryFolder;

void write_h5_dataset(hid_t file, const char* name, hid_t stored, hid_t native,
                      const std::vector<hsize_t>& shape, const void* values) {
  Handle space(
      H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr));
  Handle dataset(H5Dcreate2(file, name, stored, space.get(), H5P_DEFAULT,
                            H5P_DEFAULT, H5P_DEFAULT));
  REQUIRE(dataset.get() >= 0);
  if (values == nullptr) return;
  REQUIRE(H5Dwrite(dataset.get(), native, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                   values) >= 0);
}

Handle create_h5(const std::string& path) {
  return Handle(
      H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
}

TEST_CASE("HDF5 files of any number type are read") {
  TemporaryFolder folder;
  std::string path = folder.path("a.h5");
  std::vector<int32_t> values = {1, -2, 3, 4, 5, 16777216};
  std::vector<int32_t> labels = {5, 0, 1};
  for (hid_t stored :
       {H5T_STD_I32BE, H5T_STD_I64LE, H5T_IEEE_F32BE, H5T_IEEE_F64LE}) {
    {
      Handle file = create_h5(path);
      write_h5_dataset(file.get(), "x", stored, H5T_NATIVE_INT32, {3, 2},
                       values.data());
      write_h5_dataset(file.get(), "y", H5T_STD_U16BE, H5T_NATIVE_INT32, {3},
                       labels.data());
    }
    Dataset data = load(path);
    CHECK(data.name == "a.h5");
    CHECK(data.shape == Shape{2});
    CHECK_FALSE(data.is_image);
    CHECK(data.preprocessing.is_identity());
    CHECK(data.values == std::vector<float>(values.begin(), values.end()));
    CHECK(data.labels == std::vector<int64_t>{5, 0, 1});
    CHECK(data.classes.empty());
  }
}

TEST_CASE("unsigned bytes with channels in HDF5 are images") {
  TemporaryFolder folder;
  std::string path = folder.path("a.h5");
  std::string pixels = numbered(24);
  auto write = [&](const std::vector<hsize_t>& shape) {
    Handle file = create_h5(path);
    write_h5_dataset(file.get(), "x", H5T_STD_U8LE, H5T_NATIVE_UINT8, shape,
                     pixels.data());
  };
  write({2, 3, 2, 2});
  Dataset data = load(path);
  CHECK(data.is_image);
  CHECK(data.shape == Shape{3, 2, 2});
  CHECK(data.preprocessing.scale == 1.0 / 255);
  CHECK(data.remarks.empty());
  write({2, 3, 4});
  CHECK(load(path).shape == Shape{1, 3, 4});
  write({2, 12});
  CHECK_FALSE(load(path).is_image);
  write({1, 2, 4, 3});
  CHECK(load(path).shape == Shape{2, 4, 3});
  CHECK_THAT(load(path).remarks.at(0), Contains("[samples, channels, height"));
}

// A data set [5, 6] of 0, 1, ... 29 in chunks of 2 x 4.
Handle chunked_dataset(hid_t file, void (*set_filters)(hid_t)) {
  const std::array<hsize_t, 2> shape = {5, 6};
  const std::array<hsize_t, 2> chunk = {2, 4};
  Handle space(H5Screate_simple(2, shape.data(), nullptr));
  Handle properties(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_chunk(properties.get(), 2, chunk.data());
  set_filters(properties.get());
  Handle dataset(H5Dcreate2(file, "x", H5T_STD_I16BE, space.get(), H5P_DEFAULT,
                            properties.get(), H5P_DEFAULT));
  std::vector<int> values(30);
  std::iota(values.begin(), values.end(), 0);
  REQUIRE(H5Dwrite(dataset.get(), H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                   values.data()) >= 0);
  return dataset;
}

TEST_CASE("chunks of HDF5 are put together, compressed or not") {
  TemporaryFolder folder;
  std::string path = folder.path("a.h5");
  auto filters = GENERATE(
      +[](hid_t) {}, +[](hid_t list) { H5Pset_deflate(list, 5); },
      +[](hid_t list) {
        H5Pset_shuffle(list);
        H5Pset_deflate(list, 5);
      });
  chunked_dataset(create_h5(path).get(), filters);
  std::vector<float> expected(30);
  std::iota(expected.begin(), expected.end(), 0.0f);
  CHECK(load(path).values == expected);
}

TEST_CASE("chunks of HDF5 that are short or filtered otherwise are refused") {
  TemporaryFolder folder;
  std::string path = folder.path("a.h5");
  auto deflate = [](hid_t list) { H5Pset_deflate(list, 5); };
  auto overwrite = [&](const std::vector<uint8_t>& bytes, uint32_t skipped) {
    Handle file = create_h5(path);
    Handle dataset = chunked_dataset(file.get(), deflate);
    const std::array<hsize_t, 2> offset = {2, 4};
    REQUIRE(H5Dwrite_chunk(dataset.get(), H5P_DEFAULT, skipped, offset.data(),
                           bytes.size(), bytes.data()) >= 0);
  };
  overwrite({1, 2, 3}, 0);
  CHECK_FAILS(load(path), "x: damaged: a chunk cannot be decompressed");
  overwrite(std::vector<uint8_t>(16, 0), 1);
  CHECK_FAILS(load(path), "x: damaged: a chunk cannot be read");
  std::vector<uint8_t> packed(64);
  uLongf size = packed.size();
  const std::array<uint8_t, 3> three = {1, 2, 3};
  compress(packed.data(), &size, three.data(), three.size());
  packed.resize(size);
  overwrite(packed, 0);
  CHECK_FAILS(load(path), "expected chunks of 16 bytes, found a shorter one");
  chunked_dataset(create_h5(path).get(),
                  [](hid_t list) { H5Pset_fletcher32(list); });
  CHECK_FAILS(load(path), "but gzip and shuffle, found number 3");
}

TEST_CASE("chunks of HDF5 that were never written are refused") {
  TemporaryFolder folder;
  std::string path = folder.path("a.h5");
  {
    Handle file = create_h5(path);
    const std::array<hsize_t, 2> shape = {5, 6};
    Handle space(H5Screate_simple(2, shape.data(), nullptr));
    Handle list(H5Pcreate(H5P_DATASET_CREATE));
    const std::array<hsize_t, 2> chunk = {1, 6};
    H5Pset_chunk(list.get(), 2, chunk.data());
    Handle sparse(H5Dcreate2(file.get(), "x", H5T_STD_U8LE, space.get(),
                             H5P_DEFAULT, list.get(), H5P_DEFAULT));
    const std::array<hsize_t, 2> offset = {3, 0};
    const std::array<uint8_t, 6> row = {};
    REQUIRE(H5Dwrite_chunk(sparse.get(), H5P_DEFAULT, 0, offset.data(),
                           row.size(), row.data()) >= 0);
  }
  CHECK_FAILS(load(path), "x: damaged or never written: a chunk is missing");
}

TEST_CASE("HDF5 files that hold something else are refused") {
  TemporaryFolder folder;
  std::string path = folder.path("a.h5");
  CHECK_FAILS(load(path), path + ": no such file");
  folder.write("a.h5", "not HDF5");
  CHECK_FAILS(load(path), "expected an HDF5 file");
  auto fails_with = [&](const char* name, hid_t type,
                        const std::vector<hsize_t>& shape,
                        const std::string& text) {
    std::vector<double> zeros(64, 0.0);
    {
      Handle file = create_h5(path);
      write_h5_dataset(file.get(), name, type, type, shape,
                       shape.size() < 3 ? zeros.data() : nullptr);
    }
    CHECK_FAILS(load(path), text);
  };
  fails_with("images", H5T_IEEE_F32LE, {2, 2}, "expected a data set x");
  fails_with("x", H5T_C_S1, {2, 2}, "x: expected whole numbers or fractions");
  fails_with("x", H5T_IEEE_F32LE, {4}, "x: expected a shape [N, ...]");
  fails_with("x", H5T_IEEE_F32LE, {0, 4}, "found [0, 4]");
  fails_with("x", H5T_IEEE_F32LE, {1000, 1000, 2000}, "found 0 stored");
  fails_with("x", H5T_IEEE_F32LE, {1u << 16, 1u << 16, 2}, "more than 2^31");
}

TEST_CASE("numbers that a network cannot use are refused by sample") {
  TemporaryFolder folder;
  std::string path = folder.path("a.h5");
  auto fails_with = [&](double x, double y, hid_t type,
                        const std::string& text) {
    {
      Handle file = create_h5(path);
      std::vector<double> values = {0, 0, 0, x};
      std::vector<double> labels = {0, y};
      write_h5_dataset(file.get(), "x", type, H5T_NATIVE_DOUBLE, {2, 2},
                       values.data());
      write_h5_dataset(file.get(), "y", type, H5T_NATIVE_DOUBLE, {2},
                       labels.data());
    }
    CHECK_FAILS(load(path), text);
  };
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  fails_with(kNan, 0, H5T_IEEE_F32LE, "found nan in sample 1");
  fails_with(1e300, 0, H5T_IEEE_F64LE, "x: expected finite numbers");
  fails_with(16777217, 0, H5T_STD_I32LE, "up to 2^24, found 16777217");
  fails_with(0, -1, H5T_STD_I32LE,
             "y: expected labels of at least 0, found -1");
  fails_with(0, 1, H5T_IEEE_F32LE, "y: expected whole numbers, found f4");
}

TEST_CASE("a file of arrays is one set whatever the split") {
  TemporaryFolder folder;
  std::string path = folder.path("a.h5");
  std::vector<float> values = {1, 2, 3, 4};
  {
    Handle file = create_h5(path);
    write_h5_dataset(file.get(), "x", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, {2, 2},
                     values.data());
  }
  CHECK(load(path, Split::val).size == 2);
  CHECK(load(path, Split::val).split == "val");
  CHECK(load(path).remarks.empty());
  CHECK_THAT(load(path + ",split=val").remarks.at(0), Contains("is one set"));
  CHECK(load(path).labels.empty());
}

}  // namespace
}  // namespace nc
