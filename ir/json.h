// A graph as JSON, complete: everything that a file holds, with the numbers of
// all tensors. Keys stand in a fixed order. Fractions are written so that
// they read back exactly; infinities and NaN as "inf", "-inf" and "nan".
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "ir/graph.h"

namespace nc {

nlohmann::ordered_json to_json(const Graph& graph);
std::string to_json_text(const Graph& graph);  // indented by one space

// Throw Error that names the place, what was expected and what was found.
Graph from_json(const nlohmann::ordered_json& json);
Graph from_json_text(const std::string& text);

}  // namespace nc
