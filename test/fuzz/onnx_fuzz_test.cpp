// ONNX files that were changed on purpose: import_onnx() gives a table or an
// Error, and neither crashes, nor hangs, nor takes memory that the size of the
// file does not justify. Seeds are fixed.
#include <catch2/catch.hpp>
#include <fstream>

#include "ir/error.h"
#include "ir/verify.h"
#include "passes/onnx.h"
#include "test/support/fuzz.h"
#include "test/support/onnx_model.h"
#include "test/unit/temporary_folder.h"

namespace nc {
namespace {

using test::below;
using test::Outcome;
using test::Random;

const std::string kFolder = std::string(NC_TEST_DATA) + "/onnx/";

std::string bytes_of(const std::string& name) {
  std::ifstream file(kFolder + name + ".onnx", std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(file)), {});
}

void try_to_import(const test::TemporaryFolder& folder,
                   const std::string& bytes, Outcome& outcome) {
  std::string path = folder.write("net.onnx", bytes);
  try {
    Imported result = import_onnx(path, {});
    if (result.graph.nodes.empty()) {
      ++outcome.refused;
    } else {
      require_valid(result.graph);
      ++outcome.graphs;
    }
  } catch (const Error&) {
    ++outcome.errors;
  }
}

void change_a_byte(std::string& bytes, Random& random) {
  char& byte = bytes[below(random, bytes.size())];
  switch (below(random, 4)) {
    case 0:
      byte = static_cast<char>(byte ^ (1 << below(random, 8)));
      break;
    case 1:
      byte = static_cast<char>(0xff);
      break;
    case 2:
      byte = static_cast<char>(byte + 1);
      break;
    default:
      byte = static_cast<char>(random());
  }
}

// Sizes and positions as a damaged or hostile file may have them.
int64_t odd_number(Random& random) {
  static const int64_t kNumbers[] = {
      0,         1,         -1, 2,  3,    5,       7919,      1 << 20,
      INT64_MAX, INT64_MIN, -2, 11, 4096, 1 << 30, 1LL << 40, 65537};
  return kNumbers[below(random, std::size(kNumbers))];
}

template <class List>
auto& any_of(List& list, Random& random) {
  return *list.Mutable(
      static_cast<int>(below(random, static_cast<size_t>(list.size()))));
}

void change_attribute(::onnx::NodeProto& node, Random& random) {
  if (node.attribute_size() == 0) return;
  auto& attribute = any_of(*node.mutable_attribute(), random);
  if (attribute.ints_size() > 0) {
    attribute.set_ints(static_cast<int>(below(
                           random, static_cast<size_t>(attribute.ints_size()))),
                       odd_number(random));
  } else {
    attribute.set_i(odd_number(random));
  }
  if (below(random, 8) == 0) attribute.add_ints(odd_number(random));
}

void change_tensor(::onnx::TensorProto& tensor, Random& random) {
  switch (below(random, 4)) {
    case 0:
      tensor.set_data_type(static_cast<int>(below(random, 24)));
      break;
    case 1:
      tensor.add_dims(odd_number(random));
      break;
    case 2:
      if (tensor.dims_size() > 0) tensor.set_dims(0, odd_number(random));
      break;
    default:
      if (tensor.raw_data().size() >= sizeof(int64_t)) {
        int64_t number = odd_number(random);
        tensor.mutable_raw_data()->replace(
            0, sizeof(number), reinterpret_cast<const char*>(&number),
            sizeof(number));
      }
  }
}

// Another operator, or another value, in the place of one.
void change_node(::onnx::GraphProto& graph, Random& random) {
  auto& node = any_of(*graph.mutable_node(), random);
  auto& other = any_of(*graph.mutable_node(), random);
  switch (below(random, 3)) {
    case 0:
      node.set_op_type(other.op_type());
      break;
    case 1:
      if (node.input_size() > 0 && other.input_size() > 0) {
        any_of(*node.mutable_input(), random) =
            any_of(*other.mutable_input(), random);
      }
      break;
    default:
      node.clear_input();
  }
}

void change(::onnx::GraphProto& graph, Random& random) {
  switch (below(random, 4)) {
    case 0:
      return change_node(graph, random);
    case 1:
      if (graph.initializer_size() > 0) {
        change_tensor(any_of(*graph.mutable_initializer(), random), random);
      }
      return;
    case 2: {
      auto& node = any_of(*graph.mutable_node(), random);
      if (node.attribute_size() > 0 && node.attribute(0).has_t()) {
        change_tensor(*node.mutable_attribute(0)->mutable_t(), random);
      }
      return;
    }
    default:
      return change_attribute(any_of(*graph.mutable_node(), random), random);
  }
}

const std::vector<std::string> kFiles = {
    "plain_legacy_11",         "pool_by_shape_legacy_17",
    "concat_split_legacy_11",  "slices_by_shape_legacy_17",
    "conv_variants_dynamo_20", "means_and_sums_dynamo_20",
    "max_pools_legacy_17",     "arithmetic_buffers_dynamo_20",
    "constant_pad_legacy_13",  "channel_shuffle_legacy_17"};

TEST_CASE("an ONNX file with changed bytes gives a table or an error") {
  test::TemporaryFolder folder;
  Random random(1);
  Outcome outcome;
  for (const std::string& name : kFiles) {
    std::string good = bytes_of(name);
    for (int i = 0; i < 400; ++i) {
      std::string bytes = good;
      for (size_t n = 1 + below(random, 4); n > 0; --n) {
        change_a_byte(bytes, random);
      }
      try_to_import(folder, bytes, outcome);
    }
  }
  CHECK(outcome.errors > 100);
  CHECK(outcome.graphs > 100);
}

TEST_CASE("an ONNX graph with changed numbers gives a table or an error") {
  test::TemporaryFolder folder;
  Random random(2);
  Outcome outcome;
  for (const std::string& name : kFiles) {
    ::onnx::ModelProto good;
    REQUIRE(good.ParseFromString(bytes_of(name)));
    for (int i = 0; i < 400; ++i) {
      ::onnx::ModelProto model = good;
      for (size_t n = 1 + below(random, 3); n > 0; --n) {
        change(*model.mutable_graph(), random);
      }
      try_to_import(folder, model.SerializeAsString(), outcome);
    }
  }
  CHECK(outcome.errors > 100);
  CHECK(outcome.refused > 100);
  CHECK(outcome.graphs > 100);
}

TEST_CASE("an ONNX file cut short is an error, a table, or the same") {
  test::TemporaryFolder folder;
  Outcome outcome;
  std::string good = bytes_of("plain_legacy_11");
  for (size_t size = 0; size < good.size(); size += 3) {
    try_to_import(folder, good.substr(0, size), outcome);
  }
  CHECK(outcome.errors > 500);
}

}  // namespace
}  // namespace nc
