#include "ir/file.h"

#include <hdf5.h>
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "ir/atomic_file.h"
#include "ir/diff.h"
#include "ir/error.h"
#include "ir/hdf5.h"
#include "ir/hdf5_writer.h"
#include "ir/listing.h"
#include "test/support/hdf5_blocks.h"
#include "test/support/sample_graphs.h"
#include "test/unit/temporary_folder.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::Equals;
using hdf5::GroupWriter;
using test::TemporaryFolder;
using Buffer = std::vector<std::byte>;

Graph two_nodes() {
  return parse_listing(
      "snn two\n in = input(shape=[2])\n out = output() <- in\n");
}

// ---- What is kept
// ------------------------------------------------------------

TEST_CASE("a file holds a graph whole") {
  for (const Graph& graph : {test::every_op(), test::small_ann(),
                             test::spiking_mlp(), test::spiking_conv_net()}) {
    Graph back = from_bytes(to_bytes(graph));
    CHECK(diff(graph, back).empty());
    CHECK(to_bytes(back) == to_bytes(graph));
  }
}

TEST_CASE("the same graph gives the same bytes") {
  CHECK(to_bytes(test::every_op()) == to_bytes(test::every_op()));
}

TEST_CASE("an empty graph, empty tensors and empty texts survive") {
  Graph graph;
  CHECK(diff(graph, from_bytes(to_bytes(graph))).empty());
  Scale scale;
  scale.weight = Tensor({0, 3}, std::vector<float>{});
  scale.offset = Tensor({}, std::vector<int32_t>{5});
  graph.nodes = {{"s", scale, {"", "a"}, {""}}};
  graph.history.resize(3);
  graph.history[1].arguments = {"", "", "\n"};
  CHECK(diff(graph, from_bytes(to_bytes(graph))).empty());
}

TEST_CASE("nodes keep their order whatever their names") {
  Graph graph;
  for (const char* name : {"z", "a", "m.1", "m-1", "B", "_"}) {
    graph.nodes.push_back({name, Relu{}, {}, {}});
  }
  Graph back = from_bytes(to_bytes(graph));
  CHECK(diff(graph, back).empty());
  CHECK(back.nodes[2].name == "m.1");
}

TEST_CASE("lists that no attribute could hold survive") {
  Graph graph = two_nodes();
  graph.run.classes.assign(20000, "a class of its own");
  graph.run.preprocessing.mean.assign(100000, 0.5);
  graph.nodes[0].inputs.assign(70000, "n");
  graph.history.resize(1);
  graph.history[0].arguments = {std::string(65536, 'x'), "y"};
  Graph back = from_bytes(to_bytes(graph));
  CHECK(diff(graph, back).empty());
  CHECK(to_bytes(back) == to_bytes(graph));
}

TEST_CASE("what a file cannot hold is refused when it is written") {
  Graph graph = two_nodes();
  graph.nodes[1].name = "a/b";
  CHECK_THROWS_WITH(to_bytes(graph), Equals("node 'a/b': not a valid name"));
  graph.nodes[1].name = "in";
  CHECK_THROWS_AS(to_bytes(graph), Error);
  graph = two_nodes();
  graph.nodes[1].origin = {std::string(65537, 'x')};
  CHECK_THROWS_WITH(to_bytes(graph),
                    Equals("node 'out': 'origin' holds a text of 65537 bytes, "
                           "expected at most 65536"));
  graph.nodes[1].origin = {std::string("a\0b", 3)};
  CHECK_THROWS_WITH(
      to_bytes(graph),
      Equals("node 'out': 'origin' holds a text with a zero byte"));
}

// A chain of so many nodes.
Graph chain(size_t nodes) {
  Graph graph;
  for (size_t i = 0; i < nodes; ++i) {
    graph.nodes.push_back({"n" + std::to_string(i), Relu{}, {}, {}});
    if (i > 0) graph.nodes[i].inputs = {graph.nodes[i - 1].name};
  }
  return graph;
}

TEST_CASE("more nodes than a file may hold are refused when it is written") {
  CHECK_THROWS_WITH(to_bytes(chain(60001)),
                    Equals("expected at most 60000 nodes, found 60001"));
}

TEST_CASE("a thousand nodes are written and read in no time") {
  Graph graph;
  graph.nodes = {{"n0", Input{{1}, 0, 0, 0}, {}, {}}};
  for (int i = 1; i < 1000; ++i) {
    graph.nodes.push_back(
        {"n" + std::to_string(i), Relu{}, {"n" + std::to_string(i - 1)}, {}});
  }
  CHECK(diff(graph, from_bytes(to_bytes(graph))).empty());
}

// ---- HDF5 ------------------------------------------------------------------

TEST_CASE("the HDF5 library reads our file, and ignores the hash") {
  TemporaryFolder folder;
  std::string path = folder.path("a.snn");
  save(test::spiking_mlp(), path);
  hdf5::Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  REQUIRE(file.valid());
  hdf5::Handle weight(H5Dopen2(file.get(), "/nodes/fc1/weight", H5P_DEFAULT));
  REQUIRE(weight.valid());
  std::vector<int8_t> values(20);
  CHECK(H5Dread(weight.get(), H5T_NATIVE_INT8, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                values.data()) >= 0);
  Graph graph = test::spiking_mlp();
  CHECK(Tensor({5, 4}, values) == std::get<Affine>(graph.nodes[1].op).weight);
  int64_t timesteps = 0;
  hdf5::Handle attribute(H5Aopen_by_name(file.get(), "run", "timesteps",
                                         H5P_DEFAULT, H5P_DEFAULT));
  CHECK(H5Aread(attribute.get(), H5T_NATIVE_INT64, &timesteps) >= 0);
  CHECK(timesteps == 4);
}

// ---- What is refused -------------------------------------------------------

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

// ---- Hostile files: whole, signed, and wrong --------------------------------

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

// ---- Paths
// -------------------------------------------------------------------

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

size_t count_files(const std::string& folder) {
  using Entries = std::filesystem::directory_iterator;
  return static_cast<size_t>(std::distance(Entries(folder), Entries()));
}

TEST_CASE("save and load go through a file") {
  TemporaryFolder folder;
  save(test::every_op(), folder.path("a.snn"));
  CHECK(diff(test::every_op(), load(folder.path("a.snn"))).empty());
  CHECK(count_files(folder.path()) == 1);
}

TEST_CASE("errors of files name the path") {
  TemporaryFolder folder;
  std::string none = folder.path("none.snn");
  CHECK_THROWS_WITH(load(none),
                    Equals(none + ": cannot read: No such file or directory"));
  CHECK_THROWS_WITH(load(folder.path()), Contains("cannot read: Is a dir"));
  std::string text = folder.write("a.snn", "hello");
  CHECK_THROWS_WITH(load(text), Equals(text + ": not an .snn file"));
  std::string away = folder.path("no/folder.snn");
  CHECK_THROWS_WITH(save(two_nodes(), away),
                    Equals(away + ": cannot write: No such file or directory"));
  Graph bad = two_nodes();
  bad.nodes[0].name = "/";
  CHECK_THROWS_WITH(save(bad, text),
                    Equals(text + ": node '/': not a valid name"));
}

TEST_CASE("a file that exists is replaced whole") {
  TemporaryFolder folder;
  std::string path = folder.write("a.snn", std::string(100000, 'x'));
  save(two_nodes(), path);
  CHECK(diff(two_nodes(), load(path)).empty());
  CHECK(count_files(folder.path()) == 1);
}

// Files of this process may not grow beyond a limit: a full disk.
class FullDisk {
 public:
  FullDisk() {
    getrlimit(RLIMIT_FSIZE, &old_);
    rlimit small{1000, old_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit old_{};
  void (*handler_)(int) = nullptr;
};

TEST_CASE("a full disk leaves the old file and nothing else") {
  TemporaryFolder folder;
  std::string path = folder.write("a.snn", "old");
  std::string message;
  {
    FullDisk full;
    try {
      save(two_nodes(), path);
    } catch (const Error& error) {
      message = error.what();
    }
  }
  CHECK_THAT(message, EndsWith("a.snn: cannot write: File too large"));
  CHECK(contents(path) == "old");
  CHECK(count_files(folder.path()) == 1);
}

TEST_CASE("a symbolic link stays one") {
  TemporaryFolder folder;
  std::string path = folder.write("real.snn", "old");
  std::filesystem::create_symlink(path, folder.path("link.snn"));
  save(two_nodes(), folder.path("link.snn"));
  CHECK(std::filesystem::is_symlink(folder.path("link.snn")));
  CHECK(diff(two_nodes(), load(path)).empty());
}

TEST_CASE("what is no regular file is written to as it stands") {
  CHECK_NOTHROW(save(two_nodes(), "/dev/null"));
  CHECK(std::filesystem::is_character_file("/dev/null"));
  CHECK_THROWS_WITH(save(two_nodes(), "/dev/full"),
                    Equals("/dev/full: cannot write: No space left on device"));
}

TEST_CASE("a file larger than the limit is not read") {
  TemporaryFolder folder;
  std::string path = folder.write("a", std::string(1001, 'x'));
  CHECK_THROWS_WITH(read_whole(path, 1000),
                    Equals(path + ": more than 1000 bytes"));
  CHECK(read_whole(path, 1001).size() == 1001);
}

}  // namespace
}  // namespace nc
