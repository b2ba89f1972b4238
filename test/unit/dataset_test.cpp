// What is said of any data set.
#include <catch2/catch.hpp>

#include "test/support/data_files.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using test::idx;
using test::load;
using test::TemporaryFolder;
using test::write_mnist;

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
