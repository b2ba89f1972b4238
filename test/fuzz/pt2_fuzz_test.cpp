// Files of torch.export that were changed at random, by someone who repairs
// every check sum: importing gives a graph, refusals or an Error, and neither
// crashes, nor hangs, nor asks for memory that no such file justifies. Seeds
// are fixed.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>

#include "ir/error.h"
#include "ir/verify.h"
#include "passes/frontend/pt2/pickle.h"
#include "passes/pt2.h"
#include "test/support/fuzz.h"
#include "test/support/zip_files.h"
#include "test/unit/temporary_folder.h"

namespace nc {
namespace {

using nlohmann::json;
using test::below;
using test::Outcome;
using test::Random;

const std::string kFolder = std::string(NC_TEST_DATA) + "/pt2/";

// A constant may have 2^27 numbers of 8 bytes; nothing may take more.
const test::MemoryLimit kLimit((size_t{1} << 30) + (1 << 20));

void try_to_import(const std::string& path, Outcome& outcome) {
  try {
    Imported result = import_pt2(path, {});
    if (!result.graph.nodes.empty()) require_valid(result.graph);
    ++(result.graph.nodes.empty() ? outcome.refused : outcome.graphs);
  } catch (const Error&) {
    ++outcome.errors;
  }
  CHECK(test::MemoryLimit::largest_wish() <= test::MemoryLimit::bytes());
}

// Any value of a JSON document.
json& any_value(json& root, Random& random) {
  json* at = &root;
  while (!at->empty() && at->is_structured() && below(random, 24) != 0) {
    auto it = at->begin();
    std::advance(it, static_cast<std::ptrdiff_t>(below(random, at->size())));
    at = &*it;
  }
  return *at;
}

json hostile_value(Random& random) {
  switch (below(random, 9)) {
    case 0:
      return nullptr;
    case 1:
      return random();
    case 2:
      return -static_cast<int64_t>(random() >> below(random, 63)) - 1;
    case 3:
      return random() >> (1 + below(random, 62));
    case 4:
      return 1e300;
    case 5:
      return json::array();
    case 6:
      return json::object();
    case 7:
      return true;
    default:
      return "Infinity";
  }
}

// A value replaced, left out, or put in the place of another.
void change(json& document, Random& random) {
  json& value = any_value(document, random);
  switch (below(random, 4)) {
    case 0: {
      json other = any_value(document, random);
      value = std::move(other);
      return;
    }
    case 1:
      if (value.is_array() && !value.empty()) {
        value.erase(below(random, value.size()));
        return;
      }
      [[fallthrough]];
    default:
      value = hostile_value(random);
  }
}

void fuzz_json(const std::string& file, const std::string& ending, int mutants,
               uint64_t seed) {
  test::TemporaryFolder folder;
  const test::ZipEntries good = test::read_zip(kFolder + file + ".pt2");
  Random random(seed);
  Outcome outcome;
  std::string path = folder.path("mutant.pt2");
  for (int i = 0; i < mutants; ++i) {
    test::ZipEntries entries = good;
    std::string& text = test::entry_ending(entries, ending);
    json document = json::parse(text);
    for (size_t n = 1 + below(random, 3); n > 0; --n) change(document, random);
    text = document.dump();
    test::write_zip(path, entries);
    try_to_import(path, outcome);
  }
  // Some changes matter, some do not: both must occur.
  CHECK(outcome.errors > mutants / 20);
  CHECK(outcome.graphs > 0);
}

TEST_CASE("a changed graph of torch.export gives a graph or an error") {
  fuzz_json("plain_plain", "models/model.json", 3000, 1);
  fuzz_json("inplace_slice_plain", "models/model.json", 1500, 2);
  fuzz_json("weight_computed_decomposed", "models/model.json", 1500, 3);
  fuzz_json("slices_by_shape_dynamic", "models/model.json", 1500, 4);
}

TEST_CASE("a changed list of weights gives a graph or an error") {
  fuzz_json("strided_weights_plain", "model_weights_config.json", 3000, 5);
}

void change_bytes(std::string& bytes, Random& random) {
  for (size_t n = 1 + below(random, 4); n > 0; --n) {
    bytes[below(random, bytes.size())] = static_cast<char>(random());
  }
}

TEST_CASE("any bytes of a file of torch.export may be changed") {
  test::TemporaryFolder folder;
  std::ifstream stream(kFolder + "plain_plain.pt2", std::ios::binary);
  const std::string good((std::istreambuf_iterator<char>(stream)), {});
  Random random(6);
  Outcome outcome;
  for (int i = 0; i < 3000; ++i) {
    std::string mutant = good;
    change_bytes(mutant, random);
    try_to_import(folder.write("mutant.pt2", mutant), outcome);
  }
  CHECK(outcome.errors > 0);
}

// The weights of the layouts before 2.9: a pickle in a zip in the zip.
TEST_CASE("a changed pickle of weights gives tensors or an error") {
  test::TemporaryFolder folder;
  test::ZipEntries outer = test::read_zip(kFolder + "plain_2_8.pt2");
  std::string saved = test::entry_ending(outer, "weights/model.pt");
  test::ZipEntries good = test::read_zip(folder.write("saved.pt", saved));
  Random random(7);
  int read = 0;
  int errors = 0;
  std::string path = folder.path("mutant.pt");
  for (int i = 0; i < 6000; ++i) {
    test::ZipEntries entries = good;
    change_bytes(test::entry_ending(entries, "data.pkl"), random);
    test::write_zip(path, entries);
    std::ifstream stream(path, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(stream)), {});
    try {
      frontend::pt2::read_saved_tensors(std::as_bytes(std::span(bytes)), path);
      ++read;
    } catch (const Error&) {
      ++errors;
    }
    CHECK(test::MemoryLimit::largest_wish() <= test::MemoryLimit::bytes());
  }
  CHECK(errors > 0);
  CHECK(read > 0);
}

}  // namespace
}  // namespace nc
