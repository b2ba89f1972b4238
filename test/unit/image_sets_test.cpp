// MNIST and CIFAR-10 from their files, whole and damaged.
#include <catch2/catch.hpp>
#include <set>

#include "runtime/data/idx.h"
#include "test/support/data_files.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using test::gzipped;
using test::idx;
using test::load;
using test::TemporaryFolder;
using test::write_cifar10;
using test::write_mnist;

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
  CHECK(load("mnist:" + folder.path() + ",split=all").size == 20);
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

}  // namespace
}  // namespace nc
