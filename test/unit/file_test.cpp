// What an .snn file keeps, and how it comes to its place.
#include "ir/file.h"

#include <hdf5.h>
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "ir/atomic_file.h"
#include "ir/diff.h"
#include "ir/error.h"
#include "ir/hdf5.h"
#include "test/support/sample_graphs.h"
#include "test/unit/temporary_folder.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::Equals;
using test::TemporaryFolder;
using test::two_nodes;

using Buffer = std::vector<std::byte>;

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
