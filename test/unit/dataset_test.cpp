#include "runtime/data/dataset.h"

#include <hdf5.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "ir/error.h"
#include "ir/hdf5.h"
#include "runtime/data/draw.h"
#include "runtime/data/idx.h"
#include "runtime/data/random.h"
#include "test/unit/temporary_folder.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using hdf5::Handle;
using test::TemporaryFolder;

#define CHECK_FAILS(expression, text) \
  CHECK_THROWS_WITH(expression, Contains(text))

// ---- Files made here

std::string big_endian(uint32_t number) {
  std::string bytes;
  for (int shift : {24, 16, 8, 0}) {
    bytes += static_cast<char>(number >> shift & 255);
  }
  return bytes;
}

std::string idx(const std::vector<uint32_t>& shape, const std::string& values) {
  std::string bytes("\0\0\x08", 3);
  bytes += static_cast<char>(shape.size());
  for (uint32_t size : shape) bytes += big_endian(size);
  return bytes + values;
}

std::string numbered(size_t count, int classes = 256) {
  std::string bytes;
  for (size_t i = 0; i < count; ++i) {
    bytes += static_cast<char>(i % static_cast<size_t>(classes));
  }
  return bytes;
}

std::string gzipped(const TemporaryFolder& folder, const std::string& bytes) {
  gzFile file = gzopen(folder.path("gz").c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  std::ifstream stream(folder.path("gz"), std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Four images of 2 x 3 for testing, twenty for training.
void write_mnist(const TemporaryFolder& folder) {
  folder.write("t10k-images-idx3-ubyte", idx({4, 2, 3}, numbered(24)));
  folder.write("t10k-labels-idx1-ubyte", idx({4}, {3, 1, 3, 0}));
  folder.write("train-images-idx3-ubyte.gz",
               gzipped(folder, idx({20, 2, 3}, numbered(120))));
  folder.write("train-labels-idx1-ubyte.gz",
               gzipped(folder, idx({20}, numbered(20, 2))));
}

void write_cifar10(const TemporaryFolder& folder, const std::string& inner) {
  std::string record = "\7" + std::string(3072, '\5');
  for (int i = 1; i <= 5; ++i) {
    record[0] = static_cast<char>(i);
    folder.write(inner + "data_batch_" + std::to_string(i) + ".bin",
                 record + record);
  }
  folder.write(inner + "test_batch.bin", "\7" + numbered(3072));
}

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

Dataset load(const std::string& spec, Split split = Split::test) {
  return load_dataset(parse_data_spec(spec), split);
}

// ---- The specification

TEST_CASE("a data specification names a set, a folder and options") {
  DataSpec spec = parse_data_spec(
      "cifar10:/some/folder,split=val,samples=20,seed=-3,mean=0.5:0.25:1e-1,"
      "std=1:2:3");
  CHECK(spec.name == "cifar10");
  CHECK(spec.path == "/some/folder");
  CHECK(spec.split == Split::val);
  CHECK(spec.samples == 20);
  CHECK_FALSE(spec.first);
  CHECK(spec.seed == -3);
  CHECK(spec.mean == std::vector<double>{0.5, 0.25, 0.1});
  CHECK(spec.std == std::vector<double>{1, 2, 3});
}

TEST_CASE("a data specification may be a name or a file of arrays") {
  CHECK(parse_data_spec("fashion-mnist").name == "fashion-mnist");
  CHECK(parse_data_spec("fashion-mnist").path.empty());
  CHECK(parse_data_spec("fashion-mnist:here").path == "here");
  for (std::string file : {"a/b.npz", "b.h5", "c:d.hdf5", "mnist.npz"}) {
    CHECK(parse_data_spec(file).name == "array");
    CHECK(parse_data_spec(file).path == file);
  }
  CHECK(parse_data_spec("b.h5,first=7").first == 7);
}

TEST_CASE("a data specification that is not understood is refused by word") {
  CHECK_FAILS(parse_data_spec(""), "unknown data set ''");
  CHECK_FAILS(parse_data_spec("imagenet"), "unknown data set 'imagenet'");
  CHECK_FAILS(parse_data_spec("mnist"), "expected the folder of mnist");
  CHECK_FAILS(parse_data_spec("cifar10:"), "expected the folder of cifar10");
  CHECK_FAILS(parse_data_spec("a.npz,"), "expected key=value, found ''");
  CHECK_FAILS(parse_data_spec("a.npz,val"), "expected key=value, found 'val'");
  CHECK_FAILS(parse_data_spec("a.npz,size=3"), "unknown key 'size'");
  CHECK_FAILS(parse_data_spec("a.npz,split=all"), "found 'all'");
  CHECK_FAILS(parse_data_spec("a.npz,first=0"), "first of at least 1");
  CHECK_FAILS(parse_data_spec("a.npz,samples=-1"), "samples of at least 1");
  CHECK_FAILS(parse_data_spec("a.npz,samples=3x"), "found '3x'");
  CHECK_FAILS(parse_data_spec("a.npz,seed="), "number as seed, found ''");
  CHECK_FAILS(parse_data_spec("a.npz,mean=0::1"), "number as mean, found ''");
  CHECK_FAILS(parse_data_spec("a.npz,mean=inf"), "found 'inf'");
  CHECK_FAILS(parse_data_spec("a.npz,std=1:0"), "std above 0, found '0'");
  CHECK_FAILS(parse_data_spec("a.npz,seed=1,seed=1"), "'seed' is given twice");
  CHECK_FAILS(parse_data_spec("a.npz,first=1,samples=1"), "found both");
}

// ---- Draws

TEST_CASE("random numbers are those of splitmix64") {
  // The first three for seed 1234567, as the authors' C code gives them.
  Random random(1234567);
  CHECK(random.next() == 6457827717110365317u);
  CHECK(random.next() == 3203168211198807973u);
  CHECK(random.next() == 9817491932198370423u);
}

TEST_CASE("a balanced draw takes each class by its share") {
  std::vector<int64_t> labels;
  for (int i = 0; i < 600; ++i) labels.push_back(i % 6 == 0 ? 4 : 9);
  std::vector<int64_t> drawn = balanced_draw(labels, 600, 60, 1);
  std::map<int64_t, int> counts;
  for (int64_t i : drawn) ++counts[labels[static_cast<size_t>(i)]];
  CHECK(counts == std::map<int64_t, int>{{4, 10}, {9, 50}});
  CHECK(std::set<int64_t>(drawn.begin(), drawn.end()).size() == 60);
  CHECK_FALSE(std::is_sorted(drawn.begin(), drawn.end()));
}

TEST_CASE("what does not divide goes to the largest remainders") {
  std::vector<int64_t> labels = {0, 0, 0, 0, 0, 1, 1, 1, 2, 2};
  std::vector<int64_t> drawn = balanced_draw(labels, 10, 4, 0);
  std::map<int64_t, int> counts;  // shares 2, 1.2, 0.8
  for (int64_t i : drawn) ++counts[labels[static_cast<size_t>(i)]];
  CHECK(counts == std::map<int64_t, int>{{0, 2}, {1, 1}, {2, 1}});
}

TEST_CASE("a draw is the same at every call and differs by seed") {
  std::vector<int64_t> labels(100, 0);
  CHECK(balanced_draw(labels, 100, 10, 5) == balanced_draw(labels, 100, 10, 5));
  CHECK(balanced_draw(labels, 100, 10, 5) != balanced_draw(labels, 100, 10, 6));
  // Fixed for all time: published numbers depend on it.
  CHECK(balanced_draw({}, 10, 4, 0) == std::vector<int64_t>{9, 6, 3, 2});
}

TEST_CASE("a draw of all samples is a permutation of them") {
  std::vector<int64_t> drawn = balanced_draw({}, 50, 50, 3);
  std::sort(drawn.begin(), drawn.end());
  for (int64_t i = 0; i < 50; ++i) CHECK(drawn[static_cast<size_t>(i)] == i);
  CHECK(balanced_draw({}, 0, 0, 3).empty());
  CHECK_FAILS(balanced_draw({}, 50, 51, 3), "at most 50 samples");
}

TEST_CASE("a tenth of each class is held out, and only once") {
  std::vector<int64_t> labels;
  for (int i = 0; i < 1000; ++i) labels.push_back(i / 100);
  HeldOut held = hold_out(labels, 1000);
  std::map<int64_t, int> counts;
  for (int64_t i : held.val) ++counts[labels[static_cast<size_t>(i)]];
  CHECK(counts.size() == 10);
  for (auto [label, count] : counts) CHECK(count == 10);
  std::vector<int64_t> all = held.val;
  all.insert(all.end(), held.train.begin(), held.train.end());
  std::sort(all.begin(), all.end());
  CHECK(std::unique(all.begin(), all.end()) == all.end());
  CHECK(all.size() == 1000);
  CHECK(std::is_sorted(held.val.begin(), held.val.end()));
  CHECK(std::is_sorted(held.train.begin(), held.train.end()));
}

// ---- IDX

TEST_CASE("MNIST is read from plain IDX files") {
  TemporaryFolder folder;
  write_mnist(folder);
  Dataset data = load("mnist:" + folder.path() + ",mean=0.5,std=0.25");
  CHECK(data.name == "mnist");
  CHECK(data.split == "test");
  CHECK(data.shape == Shape{1, 2, 3});
  CHECK(data.is_image);
  CHECK(data.size == 4);
  CHECK(data.sample_count() == 4);
  CHECK(data.labels == std::vector<int64_t>{3, 1, 3, 0});
  CHECK(data.classes.size() == 10);
  CHECK(data.preprocessing == Preprocessing{1.0 / 255, {0.5}, {0.25}});
  CHECK(data.remarks.empty());
  REQUIRE(data.values.size() == 24);
  for (size_t i = 0; i < 24; ++i)
    CHECK(data.values[i] == static_cast<float>(i));
}

TEST_CASE("training files in gzip are divided into train and val") {
  TemporaryFolder folder;
  write_mnist(folder);
  Dataset train = load("mnist:" + folder.path(), Split::train);
  Dataset val = load("mnist:" + folder.path() + ",split=val", Split::train);
  CHECK(train.size == 18);
  CHECK(val.size == 2);
  CHECK(val.split == "val");
  CHECK(val.labels[0] != val.labels[1]);
  std::set<float> first_pixels;
  for (size_t i = 0; i < 18; ++i) first_pixels.insert(train.values[6 * i]);
  for (size_t i = 0; i < 2; ++i) first_pixels.insert(val.values[6 * i]);
  CHECK(first_pixels.size() == 20);
}

TEST_CASE("torchvision's folder of MNIST is found") {
  TemporaryFolder folder;
  folder.write("MNIST/raw/t10k-images-idx3-ubyte", idx({1, 1, 2}, "ab"));
  folder.write("MNIST/raw/t10k-labels-idx1-ubyte", idx({1}, "\1"));
  CHECK(load("mnist:" + folder.path()).values == std::vector<float>{97, 98});
}

TEST_CASE("first takes samples as they lie, samples draws them") {
  TemporaryFolder folder;
  write_mnist(folder);
  std::string spec = "mnist:" + folder.path();
  CHECK(load(spec + ",first=2").labels == std::vector<int64_t>{3, 1});
  Dataset drawn = load(spec + ",samples=2,split=train,seed=1");
  CHECK(drawn.size == 2);
  CHECK(drawn.labels[0] != drawn.labels[1]);
  CHECK(drawn.values.size() == 12);
  CHECK_FAILS(load(spec + ",first=5"), "at most 4 samples, found first=5");
  CHECK_FAILS(load(spec + ",samples=5"), "at most 4 samples, found samples=5");
  CHECK_FAILS(load(spec + ",mean=1:2"), "found 2 numbers");
}

TEST_CASE("a missing folder of images is named, with where to get it") {
  CHECK_FAILS(load("mnist:/no/such/folder"), "/no/such/folder: ");
  CHECK_FAILS(load("mnist:/no/such/folder"), "no such folder; download");
  CHECK_FAILS(load("fashion-mnist:/no/such"), "package dataset-fashion-mnist");
  TemporaryFolder empty;
  CHECK_FAILS(load("mnist:" + empty.path()), "none in it; download");
}

TEST_CASE("damaged IDX files are refused") {
  TemporaryFolder folder;
  auto fails_with = [&](const std::string& bytes, const std::string& text) {
    CHECK_FAILS(read_idx(folder.write("a", bytes)), text);
    CHECK_FAILS(read_idx(folder.write("a", bytes)), folder.path("a") + ": ");
  };
  std::string whole = idx({2, 3}, "abcdef");
  CHECK(read_idx(folder.write("a", whole)).shape == Shape{2, 3});
  fails_with("", "expected an IDX file");
  fails_with("PK\3\4 and more", "expected an IDX file");
  fails_with(std::string("\0\0\x0d\1", 4), "found type 13 with 1 axes");
  fails_with(std::string("\0\0\x08\0", 4), "found type 8 with 0 axes");
  fails_with(std::string("\0\0\x08\2\0\0", 6), "ends within its header");
  fails_with(whole.substr(0, whole.size() - 1), "expected 6 bytes");
  fails_with(whole + "g", "expected 6 bytes of values as its header says");
  fails_with(idx({1u << 31, 1u << 31}, ""), "more than 2^31 elements");
  fails_with(idx({1u << 31}, "abc"), "found 3");
  std::string packed = gzipped(folder, whole);
  CHECK(read_idx(folder.write("a", packed)).values.size() == 6);
  fails_with(packed.substr(0, packed.size() - 1), "is truncated");
  packed[packed.size() - 6] ^= 1;
  fails_with(packed, "damaged gzip data");
  CHECK_FAILS(read_idx(folder.path("b")), "no such file");
}

TEST_CASE("labels that do not fit their images are refused") {
  TemporaryFolder folder;
  write_mnist(folder);
  auto fails_with = [&](const std::string& labels, const std::string& text) {
    folder.write("t10k-labels-idx1-ubyte", labels);
    CHECK_FAILS(load("mnist:" + folder.path()), text);
    CHECK_FAILS(load("mnist:" + folder.path()), "t10k-labels-idx1-ubyte: ");
  };
  fails_with(idx({3}, "\1\2\3"), "for each of 4 images, found 3");
  fails_with(idx({4}, "\1\2\3\x0a"), "from 0 to 9, found 10 at sample 3");
  fails_with(idx({2, 2}, "\1\2\3\4"), "expected 1 axes");
  folder.write("t10k-images-idx3-ubyte", idx({0, 2, 3}, ""));
  CHECK_FAILS(load("mnist:" + folder.path()), "none of size 0");
}

// ---- CIFAR-10

TEST_CASE("CIFAR-10 is read from its folder or the one above") {
  for (std::string inner : {"", "cifar-10-batches-bin/"}) {
    TemporaryFolder folder;
    write_cifar10(folder, inner);
    Dataset test = load("cifar10:" + folder.path());
    CHECK(test.shape == Shape{3, 32, 32});
    CHECK(test.labels == std::vector<int64_t>{7});
    CHECK(test.classes[7] == "horse");
    REQUIRE(test.values.size() == 3072);
    CHECK(test.values[258] == 2);
    CHECK_THAT(test.remarks.at(0), Contains("test_batch.bin has 1 images"));
    Dataset train = load("cifar10:" + folder.path(), Split::train);
    CHECK(train.size == 9);
    CHECK(load("cifar10:" + folder.path(), Split::val).size == 1);
  }
}

TEST_CASE("mean and std may be given per channel") {
  TemporaryFolder folder;
  write_cifar10(folder, "");
  std::string spec = "cifar10:" + folder.path();
  CHECK(load(spec + ",mean=1:2:3,std=4").preprocessing ==
        Preprocessing{1.0 / 255, {1, 2, 3}, {4}});
  CHECK_FAILS(load(spec + ",std=1:2"),
              "std as one number for all or for each "
              "of 3 channels, found 2 numbers");
}

TEST_CASE("a damaged folder of CIFAR-10 is refused") {
  TemporaryFolder folder;
  std::string spec = "cifar10:" + folder.path();
  CHECK_FAILS(load(spec), "none in it; unpack https://");
  CHECK_FAILS(load("cifar10:/no/such/folder"), "no such folder; unpack");
  folder.write("test_batch", "a pickle");
  CHECK_FAILS(load(spec), "found the Python version");
  write_cifar10(folder, "");
  folder.write("data_batch_3.bin", std::string(3072, '\1'));
  CHECK_FAILS(load(spec, Split::train), "data_batch_3.bin: expected records");
  folder.write("data_batch_3.bin", std::string(3073, '\x0b'));
  CHECK_FAILS(load(spec, Split::train), "found 11 at sample 0");
  std::filesystem::remove(folder.path("data_batch_3.bin"));
  CHECK_FAILS(load(spec, Split::train), "data_batch_3.bin: expected a CIFAR");
}

// ---- HDF5

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

// ---- What is said of any set

TEST_CASE("a data set sorted by class is said to be so") {
  TemporaryFolder folder;
  write_mnist(folder);
  folder.write("t10k-labels-idx1-ubyte", idx({4}, std::string("\0\0\1\2", 4)));
  std::string spec = "mnist:" + folder.path();
  CHECK(load(spec).remarks == std::vector<std::string>{"is sorted by class"});
  CHECK(load(spec + ",samples=3").remarks.size() == 1);
  CHECK_THAT(load(spec + ",first=2").remarks.at(0),
             Contains("its first 2 samples hold 1 of 3 classes"));
  folder.write("t10k-labels-idx1-ubyte", idx({4}, "\1\1\1\1"));
  CHECK(load(spec).remarks.empty());
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

TEST_CASE("a subset holds the chosen samples in the order asked for") {
  TemporaryFolder folder;
  write_mnist(folder);
  Dataset part = subset(load("mnist:" + folder.path()), {2, 0});
  CHECK(part.size == 2);
  CHECK(part.labels == std::vector<int64_t>{3, 3});
  CHECK(part.values == std::vector<float>{12, 13, 14, 15, 16, 17,  //
                                          0, 1, 2, 3, 4, 5});
  CHECK(part.shape == Shape{1, 2, 3});
  CHECK(part.classes.size() == 10);
}

TEST_CASE("Fashion-MNIST as Debian packs it is whole") {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    WARN("skipped: the package dataset-fashion-mnist is not installed");
    return;
  }
  Dataset test = load("fashion-mnist");
  CHECK(test.size == 10000);
  CHECK(test.shape == Shape{1, 28, 28});
  CHECK(test.classes[static_cast<size_t>(test.labels[0])] == "Ankle boot");
  CHECK(test.remarks.empty());
  Dataset val = load("fashion-mnist", Split::val);
  CHECK(val.size == 6000);
  for (int64_t label = 0; label < 10; ++label) {
    CHECK(std::count(val.labels.begin(), val.labels.end(), label) == 600);
  }
  CHECK(load("fashion-mnist", Split::train).size == 54000);
}

}  // namespace
}  // namespace nc
