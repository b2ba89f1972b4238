#include "runtime/accuracy.h"

#include <hdf5.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "ir/error.h"
#include "ir/hdf5.h"
#include "runtime/outputs_file.h"
#include "test/unit/temporary_folder.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using namespace std::chrono_literals;
using hdf5::Handle;
using test::TemporaryFolder;

using Labels = std::vector<int64_t>;

// Three samples of two outputs, after each of two steps, with one layer.
Outputs example() {
  Outputs outputs;
  outputs.samples = 3;
  outputs.shape = {2};
  outputs.values = {1, 2, 4, 3, 5, 5};
  outputs.by_step = {1, 0, 0, 1, 0, 1, /* T = 2 */ 1, 2, 4, 3, 5, 5};
  outputs.layers = {{"z.if", 1, 0, 0}, {"a.if", 2, 0, 0}, {"quiet", 1, 0, 0}};
  outputs.trains["a.if"] = {1, 2, {1, 0, -1, 2, 0, 0}, {.5, 1, 2, 3, 4, 5}};
  outputs.trains["z.if"] = {2, 1, {1, 2, 3, 4, 5, 6}, {}};
  return outputs;
}

TEST_CASE("of equal outputs the first wins") {
  CHECK(argmax(std::vector<double>{3}) == 0);
  CHECK(argmax(std::vector<double>{1, 7, 7, 2}) == 1);
  CHECK(argmax(std::vector<double>{-3, -1, -2}) == 1);
}

TEST_CASE("a score counts samples whose label has the largest output") {
  CHECK(score(example(), Labels{1, 0, 0}) == Score{3, 3});
  CHECK(score(example(), Labels{0, 0, 1}) == Score{1, 3});
  CHECK(score(example(), Labels{0, 0, 1}).accuracy() == Approx(1.0 / 3));
  CHECK(Score{}.accuracy() == 0);
}

TEST_CASE("scores of batches add up") {
  Score total = score(example(), Labels{1, 0, 0});
  total += score(example(), Labels{0, 0, 1});
  CHECK(total == Score{4, 6});
}

TEST_CASE("outputs of several axes are laid out in a row") {
  Outputs outputs;
  outputs.samples = 1;
  outputs.shape = {2, 1, 2};
  outputs.values = {0, 0, 9, 0};
  CHECK(score(outputs, Labels{2}) == Score{1, 1});
}

TEST_CASE("a score by step has one entry per step") {
  CHECK(score_by_step(example(), Labels{1, 0, 0}) ==
        std::vector<Score>{{0, 3}, {3, 3}});
  Outputs outputs = example();
  outputs.by_step.clear();
  CHECK(score_by_step(outputs, Labels{1, 0, 0}).empty());
}

TEST_CASE("labels that do not fit the outputs are refused") {
  CHECK_THROWS_WITH(score(example(), Labels{}),
                    Contains("expected 3 labels, one per sample, found 0"));
  CHECK_THROWS_WITH(score(example(), Labels{0, 2, 0}),
                    Contains("expected labels from 0 to 1"));
  CHECK_THROWS_WITH(score_by_step(example(), Labels{0, 0, -1}),
                    Contains("found -1"));
}

// ---- Files of outputs

struct Stored {
  Shape shape;
  std::vector<double> values;
  friend bool operator==(const Stored&, const Stored&) = default;
};

Stored read(hid_t file, const std::string& name) {
  Handle dataset(H5Dopen2(file, name.c_str(), H5P_DEFAULT));
  REQUIRE(dataset.get() >= 0);
  Handle space(H5Dget_space(dataset.get()));
  std::vector<hsize_t> sizes(
      static_cast<size_t>(H5Sget_simple_extent_ndims(space.get())));
  H5Sget_simple_extent_dims(space.get(), sizes.data(), nullptr);
  Stored stored{{sizes.begin(), sizes.end()}, {}};
  stored.values.resize(static_cast<size_t>(element_count(stored.shape)));
  REQUIRE(H5Dread(dataset.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL,
                  H5P_DEFAULT, stored.values.data()) >= 0);
  return stored;
}

bool has(hid_t file, const char* name) {
  return H5Lexists(file, name, H5P_DEFAULT) > 0;
}

Handle open(const std::string& path) {
  Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  REQUIRE(file.get() >= 0);
  return file;
}

std::string contents(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST_CASE("a file of outputs holds them sample by sample") {
  TemporaryFolder folder;
  std::string path = folder.path("out.h5");
  write_outputs(example(), path);
  Handle file = open(path);
  CHECK(read(file.get(), "outputs") == Stored{{3, 2}, example().values});
  CHECK(read(file.get(), "by_step") == Stored{{2, 3, 2}, example().by_step});
  CHECK_FALSE(has(file.get(), "layers"));
  CHECK_FALSE(has(file.get(), "labels"));
}

TEST_CASE("a trace holds the spikes and membranes of each layer") {
  TemporaryFolder folder;
  std::string path = folder.path("trace.h5");
  write_trace(example(), {1, 0, 1}, path);
  Handle file = open(path);
  CHECK(read(file.get(), "outputs") == Stored{{3, 2}, example().values});
  CHECK(read(file.get(), "labels") == Stored{{3}, {1, 0, 1}});
  CHECK(read(file.get(), "layers/a.if/spikes") ==
        Stored{{3, 1, 2}, {1, 0, -1, 2, 0, 0}});
  CHECK(read(file.get(), "layers/a.if/membrane") ==
        Stored{{3, 1, 2}, {.5, 1, 2, 3, 4, 5}});
  CHECK(read(file.get(), "layers/z.if/spikes") ==
        Stored{{3, 2, 1}, {1, 2, 3, 4, 5, 6}});
  CHECK_FALSE(has(file.get(), "layers/z.if/membrane"));
  CHECK_FALSE(has(file.get(), "layers/quiet"));
}

TEST_CASE("layers of a trace are in the order of the network") {
  TemporaryFolder folder;
  write_trace(example(), {}, folder.path("trace.h5"));
  Handle file = open(folder.path("trace.h5"));
  CHECK_FALSE(has(file.get(), "labels"));
  char name[16] = "";
  H5Lget_name_by_idx(file.get(), "layers", H5_INDEX_CRT_ORDER, H5_ITER_INC, 0,
                     name, sizeof(name), H5P_DEFAULT);
  CHECK(std::string(name) == "z.if");
}

TEST_CASE("the same outputs give the same bytes at any time") {
  TemporaryFolder folder;
  write_trace(example(), {1, 0, 1}, folder.path("a.h5"));
  std::this_thread::sleep_for(1100ms);  // HDF5 counts times in seconds
  write_trace(example(), {1, 0, 1}, folder.path("b.h5"));
  CHECK_FALSE(contents(folder.path("a.h5")).empty());
  CHECK(contents(folder.path("a.h5")) == contents(folder.path("b.h5")));
}

TEST_CASE("a file of outputs in a missing folder is an error") {
  CHECK_THROWS_AS(write_outputs(example(), "/no/such/folder/out.h5"), Error);
}

}  // namespace
}  // namespace nc
