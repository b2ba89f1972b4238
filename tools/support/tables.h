// Tables for people: columns aligned, one row a line.
#pragma once

#include <string>
#include <vector>

#include "ir/graph.h"
#include "passes/frontend/imported.h"

namespace nc {

using Row = std::vector<std::string>;

// The first row is the head. Columns whose cells are numbers stand right.
std::string table(const std::vector<Row>& rows);

std::string conversion_table(const Imported& result);
std::string history_table(const Graph& graph);
std::string widths_table(const Graph& graph);

// 0.9284 as "92.84 %".
std::string percent(double fraction);

// "1.23 s".
std::string fixed(double value, int digits);

}  // namespace nc
