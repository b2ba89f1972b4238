// Sets of small networks in foreign files, and what PyTorch says of them: made
// by test/support/make_torchscript.py and its siblings.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "passes/frontend/imported.h"
#include "runtime/reference.h"

namespace nc::test {

// The list in FOLDER/manifest.json.
nlohmann::json manifest(const std::string& folder);

// The array `name` of a .npz, which holds 32-bit fractions.
std::vector<float> read_array(const std::string& path, const char* name);

// What the reference engine makes of the samples in `x`.
Outputs run(const Graph& graph, const std::vector<float>& x);

// The largest difference, as a part of the largest wanted value.
double difference(const std::vector<double>& found,
                  const std::vector<float>& wanted);

// The reasons why operators are refused, in one text.
std::string refusals(const Imported& result);

std::string lower(std::string text);

}  // namespace nc::test
