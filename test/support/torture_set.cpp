#include "test/support/torture_set.h"

#include <zip.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <cmath>
#include <cstring>
#include <fstream>

#include "runtime/data/npy.h"
#include "runtime/data/npz.h"

namespace nc::test {

nlohmann::json manifest(const std::string& folder) {
  std::ifstream file(folder + "manifest.json");
  return nlohmann::json::parse(file);
}

// The array `name` of a .npz, which holds 32-bit fractions.
std::vector<float> read_array(const std::string& path, const char* name) {
  zip_t* archive = zip_open(path.c_str(), ZIP_RDONLY, nullptr);
  REQUIRE(archive != nullptr);
  zip_file_t* entry = zip_fopen(archive, name, 0);
  REQUIRE(entry != nullptr);
  std::vector<std::byte> bytes(size_t{1} << 20);
  zip_int64_t count = zip_fread(entry, bytes.data(), bytes.size());
  zip_fclose(entry);
  zip_discard(archive);
  REQUIRE(count > 0);
  bytes.resize(static_cast<size_t>(count));
  nc::Array array = parse_npy(bytes);
  REQUIRE(array.type == Scalar::f4);
  std::vector<float> values(array.bytes.size() / sizeof(float));
  std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
  return values;
}

Outputs run(const Graph& graph, const std::vector<float>& x) {
  Batch batch;
  batch.shape = std::get<Input>(graph.input().op).shape;
  batch.samples = static_cast<int64_t>(x.size()) / element_count(batch.shape);
  batch.values = x;
  return make_reference_engine(graph)->run(batch);
}

// The largest difference, as a part of the largest wanted value.
double difference(const std::vector<double>& found,
                  const std::vector<float>& wanted) {
  REQUIRE(found.size() == wanted.size());
  double error = 0;
  double largest = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    error = std::max(error, std::abs(found[i] - double{wanted[i]}));
    largest = std::max(largest, std::abs(double{wanted[i]}));
  }
  return error / largest;
}

// The reasons why operators are refused, in one text.
std::string refusals(const Imported& result) {
  std::string text;
  for (const Conversion& row : result.table) {
    if (row.verdict != Conversion::Verdict::refused) continue;
    text += row.op + " (" + row.origin + "): " + row.reason + "\n";
  }
  return text;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return text;
}

}  // namespace nc::test
