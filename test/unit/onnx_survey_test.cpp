// A larger set of ONNX files than the tree holds, on request: NC_ONNX_SURVEY is
// its folder.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "ir/error.h"
#include "passes/onnx.h"
#include "test/support/torture_set.h"

namespace nc {
namespace {

using nlohmann::json;
using test::difference;
using test::read_array;
using test::refusals;
using test::run;

bool has_softmax(const Imported& result) {
  for (const std::string& each : result.remarks) {
    if (each.starts_with("Softmax at the end is dropped")) return true;
  }
  return false;
}

// The softmax that an import has dropped, over the values of each sample.
void soften(std::vector<double>& values, size_t samples) {
  size_t count = values.size() / samples;
  for (size_t i = 0; i < samples; ++i) {
    double* first = values.data() + i * count;
    double largest = *std::max_element(first, first + count);
    double sum = 0;
    for (size_t k = 0; k < count; ++k) {
      first[k] = std::exp(first[k] - largest);
      sum += first[k];
    }
    for (size_t k = 0; k < count; ++k) first[k] /= sum;
  }
}

// One line for a file of a larger set, and whether what was imported computes
// something else than was recorded.
std::pair<std::string, bool> fate_of(const std::string& folder,
                                     const json& entry) {
  std::string stem = folder + "/" + entry.at("name").get<std::string>();
  try {
    Imported result = import_onnx(stem + ".onnx", {});
    std::string text = refusals(result);
    if (result.graph.nodes.empty()) {
      return {"refused: " + text.substr(0, text.find('\n')), false};
    }
    if (!entry.at("accepted")) return {"accepted", true};
    std::string data = stem + ".npz";
    Outputs found = run(result.graph, read_array(data, "x.npy"));
    if (has_softmax(result))
      soften(found.values, static_cast<size_t>(found.samples));
    std::vector<float> wanted = read_array(data, "y.npy");
    if (found.values.size() != wanted.size()) return {"other size", true};
    bool is_nothing = std::count(wanted.begin(), wanted.end(), 0.0f) ==
                      static_cast<std::ptrdiff_t>(wanted.size());
    double error = is_nothing ? 0 : difference(found.values, wanted);
    bool differs = !(error <= entry.at("tolerance").get<double>());
    return {(differs ? "differs " : "agrees ") + std::to_string(error),
            differs};
  } catch (const Error& error) {
    return {std::string("error: ") + error.what(), false};
  }
}

TEST_CASE("what becomes of a set of ONNX files", "[.survey]") {
  const char* folder = std::getenv("NC_ONNX_SURVEY");
  REQUIRE(folder != nullptr);
  for (const json& entry : test::manifest(folder + std::string("/"))) {
    auto [text, is_wrong] = fate_of(folder, entry);
    std::cout << entry.at("name").get<std::string>() << ": " << text << "\n";
    CHECK_FALSE(is_wrong);
  }
}

}  // namespace
}  // namespace nc
