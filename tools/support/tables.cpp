#include "tools/support/tables.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

#include "ir/printable.h"
#include "ir/widths.h"

namespace nc {
namespace {

// Numbers, and what stands for one.
bool is_number(const std::string& cell) {
  return !cell.empty() &&
         (std::isdigit(static_cast<unsigned char>(cell.back())) ||
          cell.back() == '%' || cell == "-") &&
         !std::isalpha(static_cast<unsigned char>(cell.front()));
}

// Characters, not bytes: UTF-8 continuation bytes take no column.
size_t columns(const std::string& text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::vector<Row> printable_rows(std::vector<Row> rows) {
  for (Row& row : rows) {
    for (std::string& cell : row) cell = printable(cell);
  }
  return rows;
}

const char* verdict_name(Conversion::Verdict verdict) {
  switch (verdict) {
    case Conversion::Verdict::exact:
      return "exact";
    case Conversion::Verdict::approximate:
      return "approximate";
    case Conversion::Verdict::ann_only:
      return "ann only";
    case Conversion::Verdict::refused:
      return "refused";
  }
  return "";
}

std::string measured(const Measurement& m) {
  std::string text = m.name + " " + fixed(m.value, 4);
  if (!m.split.empty()) {
    text += " on " + std::to_string(m.samples) + " of " + m.split;
  }
  return text;
}

}  // namespace

std::string table(const std::vector<Row>& given) {
  std::vector<Row> rows = printable_rows(given);
  std::vector<size_t> width;
  std::vector<bool> right;
  for (const Row& row : rows) {
    width.resize(std::max(width.size(), row.size()), 0);
    right.resize(width.size(), rows.size() > 1);
    for (size_t i = 0; i < row.size(); ++i) {
      width[i] = std::max(width[i], columns(row[i]));
      if (&row != &rows[0] && !is_number(row[i])) right[i] = false;
    }
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      std::string gap(width[i] - columns(row[i]), ' ');
      line += (i ? "  " : "") + (right[i] ? gap + row[i] : row[i] + gap);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string conversion_table(const Imported& result) {
  std::vector<Row> rows = {{"verdict", "operator", "from", "reason"}};
  size_t refused = 0, ann_only = 0;
  for (const Conversion& row : result.table) {
    rows.push_back({verdict_name(row.verdict), row.op, row.origin, row.reason});
    refused += row.verdict == Conversion::Verdict::refused;
    ann_only += row.verdict == Conversion::Verdict::ann_only;
  }
  std::string text = table(rows);
  for (const std::string& remark : result.remarks) {
    text += printable(remark) + "\n";
  }
  return text + std::to_string(result.table.size()) + " operators, " +
         std::to_string(refused) + " refused" +
         (ann_only > 0 ? ", " + std::to_string(ann_only) + " without spikes"
                       : "") +
         "\n";
}

std::string history_table(const Graph& graph) {
  std::string text;
  for (const Step& step : graph.history) {
    std::string command = step.tool + " " + step.version;
    for (const std::string& argument : step.arguments) {
      command += " " + argument;
    }
    text += printable(command) + "\n";
    for (const auto& [name, hash] : step.inputs) {
      text += printable("  read " + name + " sha256 " + hash) + "\n";
    }
    if (step.seed) text += "  seed " + std::to_string(*step.seed) + "\n";
    for (const Measurement& m : step.measurements) {
      text += printable("  " + measured(m)) + "\n";
    }
  }
  return text;
}

std::string widths_table(const Graph& graph) {
  std::vector<Row> rows = {{"node", "sum lowest", "sum highest", "bits",
                            "membrane lowest", "membrane highest", "bits"}};
  for (const Width& width : widths(graph)) {
    bool has_membrane = width.membrane_bits > 0;
    auto bound = [](int64_t value) {
      return value == kUnbounded || value == -kUnbounded
                 ? std::string("unbounded")
                 : std::to_string(value);
    };
    rows.push_back({width.node, bound(width.accumulator.low),
                    bound(width.accumulator.high),
                    std::to_string(width.accumulator_bits),
                    has_membrane ? bound(width.membrane.low) : "-",
                    has_membrane ? bound(width.membrane.high) : "-",
                    has_membrane ? std::to_string(width.membrane_bits) : "-"});
  }
  return table(rows);
}

std::string percent(double fraction) { return fixed(fraction * 100, 2) + " %"; }

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

}  // namespace nc
