// How --data is read.
#include <catch2/catch.hpp>

#include "test/support/data_files.h"

namespace nc {
namespace {

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

TEST_CASE("what names one split, or is one set, holds nothing out") {
  CHECK(is_divided(parse_data_spec("fashion-mnist")));
  CHECK(is_divided(parse_data_spec("cifar10:D,samples=9")));
  CHECK_FALSE(is_divided(parse_data_spec("fashion-mnist,split=all")));
  CHECK_FALSE(is_divided(parse_data_spec("a.npz")));
}

TEST_CASE("a data specification that is not understood is refused by word") {
  CHECK_FAILS(parse_data_spec(""), "unknown data set ''");
  CHECK_FAILS(parse_data_spec("imagenet"), "unknown data set 'imagenet'");
  CHECK_FAILS(parse_data_spec("mnist"), "expected the folder of mnist");
  CHECK_FAILS(parse_data_spec("cifar10:"), "expected the folder of cifar10");
  CHECK_FAILS(parse_data_spec("a.npz,"), "expected key=value, found ''");
  CHECK_FAILS(parse_data_spec("a.npz,val"), "expected key=value, found 'val'");
  CHECK_FAILS(parse_data_spec("a.npz,size=3"), "unknown key 'size'");
  CHECK_FAILS(parse_data_spec("a.npz,split=some"), "found 'some'");
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

}  // namespace
}  // namespace nc
