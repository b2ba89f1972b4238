// The data set nmnist, and what a network receives of framed samples.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>

#include "ir/error.h"
#include "runtime/data/nmnist.h"
#include "runtime/encoding.h"
#include "test/support/data_files.h"
#include "test/support/recordings.h"
#include "test/unit/temporary_folder.h"

namespace nc {
namespace {

using Catch::Matchers::Contains;
using test::load;
using test::TemporaryFolder;
using Values = std::vector<float>;

// Two events in the corner of the recording's number.
std::string recording(int number) {
  return test::nmnist_bytes({{1000, number, 0, true}, {1009, 0, 0, false}});
}

// Twenty recordings for training, of 0 and 1 in turn; two for testing.
void write_nmnist(const TemporaryFolder& folder,
                  const std::string& inner = "") {
  for (int i = 1; i <= 20; ++i) {
    std::string name = (i < 10 ? "0000" : "000") + std::to_string(i) + ".bin";
    folder.write(inner + "Train/" + std::to_string(i % 2) + "/" + name,
                 recording(i));
  }
  folder.write(inner + "Test/7/00001.bin", recording(1));
  folder.write(inner + "Test/3/00002.bin", recording(2));
  folder.write(inner + "Test/3/notes.txt", "not a recording");
}

Graph graph_of(Input input, int64_t timesteps,
               Encoding encoding = Encoding::events) {
  Graph graph = {"test", {{"in", std::move(input), {}, {}}}, {}, {}};
  graph.run.timesteps = timesteps;
  graph.run.encoding = encoding;
  return graph;
}

const std::string kTiny = ",crop=0:0:2:1";  // of 34 x 34

TEST_CASE("N-MNIST is listed by number, and read when it is needed") {
  TemporaryFolder folder;
  std::string inner = GENERATE("", "NMNIST/", "nmnist/");
  write_nmnist(folder, inner);
  Dataset test = load("nmnist:" + folder.path());
  CHECK(test.name == "nmnist");
  CHECK(test.shape == Shape{2, 34, 34});
  CHECK(test.size == 2);
  CHECK(test.labels == std::vector<int64_t>{7, 3});
  CHECK(test.values.empty());
  CHECK(test.is_events());
  CHECK_FALSE(test.is_image);
  CHECK(test.classes.at(7) == "7");
  CHECK(test.preprocessing == Preprocessing{});
  CHECK_THAT(test.events.files.at(0), Contains("Test/7/00001.bin"));
  CHECK_THAT(test.remarks.at(0), Contains("of the digits 0 1 2 4 5 6 8 9"));
}

TEST_CASE("recordings are drawn and held out by class") {
  TemporaryFolder folder;
  write_nmnist(folder);
  std::string spec = "nmnist:" + folder.path();
  CHECK(load(spec, Split::val).size == 2);
  CHECK(load(spec, Split::train).size == 18);
  Dataset drawn = load(spec + ",samples=4", Split::train);
  std::map<int64_t, int> counts;
  for (int64_t label : drawn.labels) ++counts[label];
  CHECK(counts == std::map<int64_t, int>{{0, 2}, {1, 2}});
  Dataset one = subset(drawn, {2});
  CHECK(one.events.files == std::vector<std::string>{drawn.events.files[2]});
  CHECK(one.labels == std::vector<int64_t>{drawn.labels[2]});
  CHECK(one.is_events());
}

TEST_CASE("options of event data are read, and refused for other data") {
  DataSpec spec = parse_data_spec(
      "nmnist:here,steps=8,window=5000,clip=1,crop=1:2:32:30,shrink=2");
  CHECK(spec.steps == 8);
  CHECK(spec.binning.window == 5000);
  CHECK(spec.binning.clip);
  CHECK(spec.binning.crop == Crop{1, 2, 32, 30});
  CHECK(spec.binning.shrink == 2);
  CHECK_FAILS(parse_data_spec("nmnist"), "expected the folder of nmnist");
  CHECK_FAILS(parse_data_spec("nmnist:a,steps=0"), "steps of at least 1");
  CHECK_FAILS(parse_data_spec("nmnist:a,steps=5000"), "at most 4096");
  CHECK_FAILS(parse_data_spec("nmnist:a,clip=yes"), "clip=0 or 1, found 'yes'");
  CHECK_FAILS(parse_data_spec("nmnist:a,crop=1:2:3"), "X:Y:WIDTH:HEIGHT");
  CHECK_FAILS(parse_data_spec("nmnist:a,crop=1:2:3:x"), "number as crop");
  CHECK_FAILS(parse_data_spec("mnist:a,steps=4"),
              "for event data, found mnist");
  CHECK_FAILS(parse_data_spec("a.npz,clip=1"), "for event data, found a.npz");
}

TEST_CASE("folders without recordings are refused by name") {
  TemporaryFolder folder;
  CHECK_FAILS(load("nmnist:/no/such"), "/no/such: expected a folder with Test");
  CHECK_FAILS(load("nmnist:/no/such"), "no such folder; unpack https://");
  folder.write("Train/0/00001.bin", recording(1));
  CHECK_FAILS(load("nmnist:" + folder.path()), "found no Test in it");
  folder.write("Test/README", "");
  CHECK_FAILS(load("nmnist:" + folder.path()), "found none of 0");
  CHECK_FAILS(load("nmnist:" + folder.path() + ",shrink=3", Split::train),
              "expected shrink to divide 34 x 34");
}

// ---- What a network receives

TEST_CASE("a network with time receives a frame each step") {
  TemporaryFolder folder;
  write_nmnist(folder);
  Dataset data = load("nmnist:" + folder.path() + kTiny);
  Batch batch = make_batch(graph_of({{2, 1, 2}}, 2), data, 0, 2);
  CHECK(batch.samples == 2);
  CHECK(batch.steps == 2);
  CHECK(batch.shape == Shape{2, 1, 2});
  CHECK(batch.values == Values{0, 0, 0, 1, 1, 0, 0, 0,  // (1, 0) on, (0, 0) off
                               0, 0, 0, 0, 1, 0, 0, 0});  // 2 is outside
}

TEST_CASE("a network without time receives the mean over the frames") {
  TemporaryFolder folder;
  write_nmnist(folder);
  std::string spec = "nmnist:" + folder.path() + kTiny;
  Graph graph = graph_of({{2, 1, 2}}, 0, Encoding::direct);
  Batch batch = make_batch(graph, load(spec + ",steps=4"), 0, 1);
  CHECK(batch.steps == 1);
  CHECK(batch.values == Values{0.25f, 0, 0, 0.25f});
  graph.run.preprocessing = {1, {0.5}, {2}};
  CHECK(make_batch(graph, load(spec + ",steps=4"), 0, 1).values ==
        Values{-0.125f, -0.25f, -0.25f, -0.125f});
  CHECK_FAILS(make_batch(graph, load(spec), 0, 1), "expected steps=T");
}

TEST_CASE("counts are clipped to the range of a quantised input") {
  TemporaryFolder folder;
  test::Events many(5);
  folder.write("Test/0/00001.bin", test::nmnist_bytes(many));
  Dataset data = load("nmnist:" + folder.path() + ",crop=0:0:1:1");
  CHECK(make_batch(graph_of({{2, 1, 1}, 1, 0, 3}, 1), data, 0, 1).values ==
        Values{3, 0});
  CHECK(make_batch(graph_of({{2, 1, 1}, 1, 0, 7}, 1), data, 0, 1).values ==
        Values{5, 0});
}

TEST_CASE("arrays of frames serve as event data") {
  Dataset data;
  data.name = "frames";
  data.size = 1;
  data.shape = {2, 3};
  data.values = {1, 2, 3, 5, 6, 7};
  Batch batch = make_batch(graph_of({{3}}, 2), data, 0, 1);
  CHECK(batch.steps == 2);
  CHECK(batch.values == data.values);
  CHECK(make_batch(graph_of({{3}}, 0), data, 0, 1).values == Values{3, 4, 5});
  CHECK_FAILS(make_batch(graph_of({{3}}, 4), data, 0, 1),
              "expected 4 frames, as the network has timesteps, found 2");
}

TEST_CASE("event data that do not fit the network are refused") {
  TemporaryFolder folder;
  write_nmnist(folder);
  std::string spec = "nmnist:" + folder.path();
  CHECK_FAILS(make_batch(graph_of({{2, 34, 34}}, 2, Encoding::direct),
                         load(spec), 0, 1),
              "expected the encoding events for the frames of nmnist, "
              "found direct");
  CHECK_FAILS(make_batch(graph_of({{2, 17, 17}}, 2), load(spec), 0, 1),
              "expected samples of shape [2, 17, 17], found [2, 34, 34]");
  CHECK_FAILS(
      make_batch(graph_of({{2, 34, 34}}, 2), load(spec + ",steps=3"), 0, 1),
      "expected 2 frames");
  std::string path = folder.write("Test/7/00001.bin", "\x01\x22\x01\x01\x01");
  CHECK_FAILS(make_batch(graph_of({{2, 34, 34}}, 2), load(spec), 0, 1),
              path +
                  ": expected events on a sensor of 34 x 34, found one at "
                  "(1, 34)");
  folder.write("Test/7/00001.bin", "\x01\x21\x01");
  CHECK_FAILS(make_batch(graph_of({{2, 34, 34}}, 2), load(spec), 0, 1),
              path + ": byte 0: expected 5 bytes, found the end after 3");
}

}  // namespace
}  // namespace nc
