// .snn files that are cut short, damaged, of another version, incomplete, or
// made to do harm.
#include <hdf5.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "ir/atomic_file.h"
#include "ir/error.h"
#include "ir/file.h"
#include "ir/hdf5.h"
#include "ir/hdf5_writer.h"
#include "test/support/hdf5_blocks.h"
#include "test/support/sample_graphs.h"
#include "test/unit/temporary_folder.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::Equals;
using hdf5::GroupWriter;
using test::TemporaryFolder;
using test::two_nodes;

using Buffer = std::vector<std::byte>;

void check_bytes_fail(const Buffer& bytes, const std::string& message) {
  CHECK_THROWS_WITH(from_bytes(bytes), Contains(message));
}

TEST_CASE("a file cut short anywhere is an error") {
  const Buffer bytes = to_bytes(two_nodes());
  for (size_t size = 0; size < bytes.size(); ++size) {
    CHECK_THROWS_AS(from_bytes(Bytes(bytes).first(size)), Error);
  }
  check_bytes_fail({}, "the file is empty");
  check_bytes_fail({bytes.begin(), bytes.end() - 1}, "truncated");
  check_bytes_fail({bytes.begin(), bytes.begin() + 20}, "truncated");
}

TEST_CASE("a file with any bit changed is an error") {
  Buffer bytes = to_bytes(two_nodes());
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::byte bit{static_cast<unsigned char>(1 << (at % 8))};
    bytes[at] ^= bit;
    CHECK_THROWS_AS(from_bytes(bytes), Error);
    bytes[at] ^= bit;
  }
  bytes[200] ^= std::byte{1};
  check_bytes_fail(bytes, "damaged");
}

TEST_CASE("other files are told from ours") {
  auto bytes_of = [](const std::string& text) {
    Bytes bytes = std::as_bytes(std::span(text));
    return Buffer(bytes.begin(), bytes.end());
  };
  check_bytes_fail(bytes_of("PK\x03\x04"), "not an .snn file");
  check_bytes_fail(bytes_of("x"), "not an .snn file");
  check_bytes_fail(test::without_trailer(to_bytes(two_nodes())),
                   "truncated, or not written by this program");
}

// A file with the head of ours and whatever `fill` adds.
template <class Fill>
Buffer made_file(const Fill& fill) {
  hdf5::NewFile file;
  fill(file.root());
  return test::with_trailer(file.bytes());
}

void write_head(const GroupWriter& root, int64_t version = 1) {
  root.write("format", std::string("snn-ir"));
  root.write("version", version);
  root.write("name", std::string("made"));
}

void write_run(const GroupWriter& run,
               const std::vector<std::string>& probe_nodes = {}) {
  run.write("timesteps", int64_t{0});
  run.write("encoding", std::string("direct"));
  run.write("schedule", std::string("causal"));
  run.write("readout", std::string("sum"));
  run.write("scale", 1.0);
  run.write("mean", std::vector<double>{});
  run.write("std", std::vector<double>{});
  run.write("low", 0.0);
  run.write("high", 0.0);
  run.write("whole", false);
  run.write("classes", std::vector<std::string>{});
  run.write("probe_nodes", probe_nodes);
  run.write("probe_hashes", std::vector<std::string>{});
}

void write_rest(const GroupWriter& root) {
  write_run(root.create_group("run"));
  root.create_group("history");
}

template <class Fill>
void check_node_fails(const std::string& kind, const Fill& fill,
                      const std::string& message) {
  Buffer bytes = made_file([&](const GroupWriter& root) {
    write_head(root);
    write_rest(root);
    GroupWriter node = root.create_group("nodes").create_group("n");
    node.write("kind", kind);
    node.write("inputs", std::vector<std::string>{});
    node.write("origin", std::vector<std::string>{});
    fill(node);
  });
  CHECK_THROWS_WITH(from_bytes(bytes), Equals("node 'n': " + message));
}

TEST_CASE("a newer version is refused with both numbers") {
  Buffer bytes =
      made_file([](const GroupWriter& root) { write_head(root, 2); });
  check_bytes_fail(bytes,
                   "file: written in version 2 of the format, this program "
                   "reads up to version 1");
}

TEST_CASE("an HDF5 file of another format is refused") {
  Buffer bytes = made_file([](const GroupWriter& root) {
    root.write("format", std::string("weights"));
  });
  check_bytes_fail(bytes, "expected format 'snn-ir', found 'weights'");
}

TEST_CASE("a part that is missing is named") {
  check_bytes_fail(made_file([](const GroupWriter& root) { write_head(root); }),
                   "file: 'run': expected a group, found none");
  check_bytes_fail(made_file([](const GroupWriter& root) {
                     write_head(root);
                     write_rest(root);
                   }),
                   "file: 'nodes': expected a group, found none");
}

TEST_CASE("a part that is unknown is named") {
  Buffer bytes = made_file([](const GroupWriter& root) {
    write_head(root);
    write_rest(root);
    root.create_group("nodes");
    root.create_group("extra");
  });
  check_bytes_fail(bytes, "file: unknown field 'extra'");
}

TEST_CASE("an unknown op is named") {
  check_node_fails(
      "warp", [](const GroupWriter&) {}, "unknown op 'warp'");
}

TEST_CASE("a missing field is named") {
  auto low = [](const GroupWriter& node) { node.write("low", 1.0); };
  check_node_fails("clip", low, "'high': expected a fraction, found none");
  check_node_fails(
      "affine", [](const GroupWriter&) {},
      "'weight': expected a tensor, found none");
}

TEST_CASE("an unknown field is named") {
  auto slope = [](const GroupWriter& node) { node.write("slope", 1.0); };
  check_node_fails("relu", slope, "unknown field 'slope'");
}

TEST_CASE("a field of another type is named") {
  auto number = [](const GroupWriter& node) {
    node.write("slope", int64_t{1});
  };
  check_node_fails("leaky_relu", number,
                   "'slope': expected a fraction, found a whole number");
  auto text = [](const GroupWriter& node) {
    node.write("shape", std::vector<std::string>{"1"});
  };
  check_node_fails("reshape", text,
                   "'shape': expected a list of whole numbers, found text");
  auto list = [](const GroupWriter& node) {
    node.write("axis", std::vector<int64_t>{1});
  };
  check_node_fails("concat", list,
                   "'axis': expected a whole number, found a list");
  auto attribute = [](const GroupWriter& node) {
    node.write("weight", std::vector<double>{1});
  };
  check_node_fails("affine", attribute,
                   "'weight': expected a tensor, found an attribute");
  auto group = [](const GroupWriter& node) { node.create_group("weight"); };
  check_node_fails("affine", group,
                   "'weight': expected a tensor, found a group");
}

TEST_CASE("an unknown name of an enumeration is refused") {
  auto reset = [](const GroupWriter& node) {
    node.write("threshold", Tensor({1}, std::vector<float>{1}));
    node.write("reset", std::string("soft"));
  };
  check_node_fails("if", reset,
                   "'reset': expected one of subtract, zero, value, found "
                   "'soft'");
}

TEST_CASE("lists side by side must be equally long") {
  Buffer bytes = made_file([](const GroupWriter& root) {
    write_head(root);
    write_run(root.create_group("run"), {"a"});
  });
  check_bytes_fail(bytes, "run: 'probe_hashes': expected 1 entries, found 0");
}

// Replaces the only place where `old` stands.
Buffer replaced(const std::string& old, const std::string& with) {
  Buffer image = test::without_trailer(to_bytes(two_nodes()));
  std::string text(reinterpret_cast<const char*>(image.data()), image.size());
  size_t at = text.find(old);
  REQUIRE(at != std::string::npos);
  REQUIRE(old.size() == with.size());
  std::memcpy(image.data() + at, with.data(), with.size());
  return test::with_trailer(image);
}

// The address of an object in the file that the library wrote.
uint64_t address_of(const Buffer& bytes, const char* name) {
  TemporaryFolder folder;
  std::string path = folder.path("a");
  write_atomically(path, bytes);
  hdf5::Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  H5O_info_t info{};
  REQUIRE(H5Oget_info_by_name(file.get(), name, &info, H5P_DEFAULT) >= 0);
  return info.addr;
}

std::string address_text(uint64_t address) {
  return {reinterpret_cast<const char*>(&address), sizeof(address)};
}

TEST_CASE("two links to one object are refused") {
  Buffer bytes = to_bytes(two_nodes());
  std::string in = address_text(address_of(bytes, "/nodes/in"));
  std::string out = address_text(address_of(bytes, "/nodes/out"));
  CHECK_THROWS_AS(from_bytes(replaced("out" + out, "out" + in)), Error);
}

TEST_CASE("a group that holds itself is refused") {
  Buffer bytes = to_bytes(two_nodes());
  std::string out = address_text(address_of(bytes, "/nodes/out"));
  std::string nodes = address_text(address_of(bytes, "/nodes"));
  CHECK_THROWS_AS(from_bytes(replaced("out" + out, "out" + nodes)), Error);
}

TEST_CASE("an address outside the file is refused") {
  std::string out =
      address_text(address_of(to_bytes(two_nodes()), "/nodes/out"));
  Buffer bytes = replaced("out" + out, "out" + address_text(1ull << 60));
  check_bytes_fail(bytes,
                   "node 'out': the HDF5 structure is damaged: an "
                   "address outside the file");
}

TEST_CASE("HDF5 features that we do not write are refused") {
  TemporaryFolder folder;
  std::string path = folder.path("a.h5");
  {
    hdf5::Handle access(H5Pcreate(H5P_FILE_ACCESS));
    H5Pset_libver_bounds(access.get(), H5F_LIBVER_V18, H5F_LIBVER_V18);
    hdf5::Handle file(
        H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()));
    H5Lcreate_external("/etc/passwd", "/", file.get(), "run", H5P_DEFAULT,
                       H5P_DEFAULT);
  }
  Buffer bytes = test::with_trailer(read_whole(path, 1 << 20));
  check_bytes_fail(bytes, "file: the HDF5 structure is damaged: ");
}

}  // namespace
}  // namespace nc
